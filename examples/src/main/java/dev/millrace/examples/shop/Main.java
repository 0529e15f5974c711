package dev.millrace.examples.shop;

import dev.millrace.Millrace;
import dev.millrace.examples.smtp.Mailer;
import dev.millrace.examples.smtp.Postbox;
import dev.millrace.examples.stage.Stores;
import dev.millrace.examples.stage.Temporary;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** The shop's processes, one by one or all of them in a rush. */
public final class Main {
    /** Mails on their way at once in a worker. */
    private static final int MAILS = 8;

    private static final int EXPORTS = 2;
    private static final int SCREENS = 1;

    private Main() {}

    /** Runs what was asked for; ends with 1 when a rush shows something wrong, 2 on bad usage. */
    public static void main(String[] args) throws Exception {
        try {
            System.exit(run(Options.read(args)));
        } catch (Options.Unfit e) {
            System.err.printf("%s; nothing was done%n%n%s", e.getMessage(), Options.USAGE);
            System.exit(2);
        }
    }

    private static int run(Options options) throws Exception {
        switch (options.role()) {
            case "post" -> post(options);
            case "web" -> web(options);
            case "worker" -> worker(options);
            default -> {
                if (!options.directory().isEmpty()) {
                    return new Rehearsal(options, Path.of(options.directory()), System.out).run();
                }
                try (var place = Temporary.directory("millrace-shop")) {
                    return new Rehearsal(options, place.path(), System.out).run();
                }
            }
        }
        return 0;
    }

    private static void post(Options options) throws InterruptedException {
        try (var postbox =
                Postbox.start(
                        options.mailPort(),
                        letter ->
                                System.out.printf(
                                        "%-28s %-40s %s%n",
                                        letter.to(), letter.subject(), letter.messageId()))) {
            say("mail server on port " + postbox.address().getPort());
            new CountDownLatch(1).await();
        }
    }

    private static void web(Options options) throws IOException, InterruptedException {
        new Place(options.place());
        var millrace = Millrace.builder().store(Stores.open(options.storeText())).start();
        var desk = new WebDesk(millrace, options.pace(), options.port());
        untilTold(() -> {
            desk.close();
            millrace.close();
        });
        say("http://127.0.0.1:%d/".formatted(desk.port()));
        new CountDownLatch(1).await();
    }

    private static void worker(Options options) throws IOException, InterruptedException {
        var mailer = new Mailer(options.mailServer(), Shop.FROM, Duration.ofSeconds(30));
        var builder =
                Millrace.builder()
                        .store(Stores.open(options.storeText()))
                        .queue(Shop.MAIL, MAILS)
                        .queue(Shop.EXPORT, EXPORTS)
                        .queue(Shop.SCREEN, SCREENS);
        new Shop(new Place(options.place()), mailer, options.pace()).configure(builder);
        var millrace = builder.start();
        untilTold(millrace::close);
        say("worker %d works on %s".formatted(millrace.workerId(), options.storeText()));
        new CountDownLatch(1).await();
    }

    private static void untilTold(Runnable close) {
        Runtime.getRuntime().addShutdownHook(new Thread(close, "close"));
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
