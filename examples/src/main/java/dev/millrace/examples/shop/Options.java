package dev.millrace.examples.shop;

import dev.millrace.examples.stage.Stores;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/**
 * What was asked for.
 *
 * @param role which process this is; empty for the rehearsal of all of them
 * @param store of the jobs as text; empty for a file in the directory
 * @param directory that the processes share; empty for the role's default
 * @param port of the web page
 * @param mailPort of the mail server
 * @param rate of orders in a rehearsal, per second
 * @param workers in a rehearsal, at its end
 * @param hurried whether days are seconds
 */
record Options(
        String role,
        String store,
        String directory,
        int port,
        int mailPort,
        int rate,
        int workers,
        boolean hurried) {
    static final String USAGE =
            """
            examples/run shop              a rush: one web process, and workers from one to five
            examples/run shop post         a mail server that prints what it gets
            examples/run shop web          the shop's page
            examples/run shop worker       a worker; as many as you like
              --store     of the jobs, sqlite:PATH or postgresql://…; a file in the directory
              --dir       that all of them share; shop-data, a temporary one for the rush
              --port      of the page, 8330
              --mail-port of the mail server on this machine, 8331
              --hurry     yes: a mail of days later comes after seconds, a minute takes two, a night ten
              --rate      orders a second in the rush, 1 to 1000; 60
              --workers   in the end of the rush, 1 to 8; 5
            """;

    private static final List<String> ROLES = List.of("post", "web", "worker");

    /** Says what was expected and got. */
    static final class Unfit extends Exception {
        private static final long serialVersionUID = 1L;

        Unfit(String message) {
            super(message);
        }
    }

    static Options read(String... args) throws Unfit {
        boolean named = args.length > 0 && ROLES.contains(args[0]);
        var options = new Options(named ? args[0] : "", "", "", 8330, 8331, 60, 5, !named);
        for (int i = named ? 1 : 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new Unfit("expected a value after '%s', got none".formatted(args[i]));
            }
            options = options.with(args[i], args[i + 1]);
        }
        return options;
    }

    private Options with(String name, String value) throws Unfit {
        return switch (name) {
            case "--store" -> {
                if (!Stores.isOne(value)) {
                    throw new Unfit(
                            "--store must be sqlite:PATH or postgresql://…, got '%s'"
                                    .formatted(value));
                }
                yield new Options(role, value, directory, port, mailPort, rate, workers, hurried);
            }
            case "--dir" -> new Options(role, store, value, port, mailPort, rate, workers, hurried);
            case "--port" -> {
                int number = number(name, value, 0, 65_535);
                yield new Options(role, store, directory, number, mailPort, rate, workers, hurried);
            }
            case "--mail-port" -> {
                int number = number(name, value, 1, 65_535);
                yield new Options(role, store, directory, port, number, rate, workers, hurried);
            }
            case "--rate" -> {
                int number = number(name, value, 1, 1_000);
                yield new Options(role, store, directory, port, mailPort, number, workers, hurried);
            }
            case "--workers" -> {
                int number = number(name, value, 1, 8);
                yield new Options(role, store, directory, port, mailPort, rate, number, hurried);
            }
            case "--hurry" -> {
                if (!List.of("yes", "no").contains(value)) {
                    throw new Unfit("--hurry must be yes or no, got '%s'".formatted(value));
                }
                boolean hurry = value.equals("yes");
                yield new Options(role, store, directory, port, mailPort, rate, workers, hurry);
            }
            default ->
                    throw new Unfit(
                            "expected post, web, worker or one of the options below, got '%s'"
                                    .formatted(name));
        };
    }

    private static int number(String name, String text, int least, int most) throws Unfit {
        int number = text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : -1;
        if (number < least || number > most) {
            throw new Unfit("%s must be %d to %d, got '%s'".formatted(name, least, most, text));
        }
        return number;
    }

    Pace pace() {
        return hurried ? Pace.HURRIED : Pace.REAL;
    }

    Path place() {
        return Path.of(directory.isEmpty() ? "shop-data" : directory);
    }

    String storeText() {
        return store.isEmpty() ? Stores.sqlite(place().resolve("jobs.db")) : store;
    }

    InetSocketAddress mailServer() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), mailPort);
    }

    /** The same for another process of the same shop. */
    List<String> words(String otherRole) {
        return List.of(
                otherRole,
                "--store",
                storeText(),
                "--dir",
                place().toString(),
                "--port",
                Integer.toString(port),
                "--mail-port",
                Integer.toString(mailPort),
                "--hurry",
                hurried ? "yes" : "no");
    }

    /** The same at another place and with another mail server and any free port. */
    Options at(Path newPlace, int newMailPort) {
        return new Options(
                role, store, newPlace.toString(), 0, newMailPort, rate, workers, hurried);
    }
}
