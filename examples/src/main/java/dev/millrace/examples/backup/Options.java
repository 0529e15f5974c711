package dev.millrace.examples.backup;

import dev.millrace.examples.stage.Stores;

import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What was asked for.
 *
 * @param records that the source has
 * @param kills of workers during the backup
 * @param seed of the records, the faults and the kills
 * @param store as text; empty for a file beside the backup
 * @param target of the restore, for JDBC; empty for a file beside the backup
 * @param into where everything goes and stays; empty for a temporary directory
 */
record Options(long records, int kills, long seed, String store, String target, String into) {
    static final String USAGE =
            """
            examples/run backup [--records N] [--kills N] [--seed N] [--store STORE] [--target URL] [--into DIR]
              --records  how many the source has, 1000 to 10000000; 200000
              --kills    how often a worker is killed during the backup, 0 to 50; 5
              --seed     of records, faults and kills; drawn and printed when none is given
              --store    of the jobs, sqlite:PATH or postgresql://…; a file beside the backup
              --target   the database to restore into, jdbc:sqlite:PATH or jdbc:postgresql://…; a file
              --into     an empty directory for all of it, which is kept; a temporary one
            """;

    private static final int PAGE = 200;
    private static final int FEW_RECORDS = 50_000;

    /** Says what was expected and got. */
    static final class Unfit extends Exception {
        private static final long serialVersionUID = 1L;

        Unfit(String message) {
            super(message);
        }
    }

    static Options read(String... args) throws Unfit {
        long seed = ThreadLocalRandom.current().nextLong(1, 1_000_000);
        var options = new Options(200_000, 5, seed, "", "", "");
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new Unfit("expected a value after '%s', got none".formatted(args[i]));
            }
            options = options.with(args[i], args[i + 1]);
        }
        return options;
    }

    private Options with(String name, String value) throws Unfit {
        return switch (name) {
            case "--records" ->
                    new Options(
                            number(name, value, 1_000, 10_000_000),
                            kills,
                            seed,
                            store,
                            target,
                            into);
            case "--kills" ->
                    new Options(
                            records, (int) number(name, value, 0, 50), seed, store, target, into);
            case "--seed" ->
                    new Options(
                            records,
                            kills,
                            number(name, value, 0, 999_999_999_999_999L),
                            store,
                            target,
                            into);
            case "--store" -> {
                if (!Stores.isOne(value)) {
                    throw new Unfit(
                            "--store must be sqlite:PATH or postgresql://…, got '%s'"
                                    .formatted(value));
                }
                yield new Options(records, kills, seed, value, target, into);
            }
            case "--target" -> {
                if (!value.matches("jdbc:(sqlite|postgresql):.+")) {
                    throw new Unfit(
                            "--target must be jdbc:sqlite:PATH or jdbc:postgresql://…, got '%s'"
                                    .formatted(value));
                }
                yield new Options(records, kills, seed, store, value, into);
            }
            case "--into" -> new Options(records, kills, seed, store, target, value);
            default -> throw new Unfit("unknown option '%s'".formatted(name));
        };
    }

    private static long number(String name, String text, long least, long most) throws Unfit {
        long number = text.matches("[0-9]{1,15}") ? Long.parseLong(text) : -1;
        if (number < least || number > most) {
            throw new Unfit("%s must be %d to %d, got '%s'".formatted(name, least, most, text));
        }
        return number;
    }

    /** Small backups come in small pages, so that there is something to interrupt. */
    int pageSize() {
        return records < FEW_RECORDS ? PAGE / 4 : PAGE;
    }

    int pages() {
        return (int) ((records + pageSize() - 1) / pageSize());
    }

    /** About twenty segments, of at most fifty pages. */
    int pagesPerSegment() {
        return Math.max(1, Math.min(50, pages() / 20));
    }

    int segments() {
        return (pages() + pagesPerSegment() - 1) / pagesPerSegment();
    }

    String storeIn(Path place) {
        return store.isEmpty() ? Stores.sqlite(place.resolve("jobs.db")) : store;
    }

    String targetIn(Path place) {
        return target.isEmpty() ? "jdbc:sqlite:" + place.resolve("restored.db") : target;
    }
}
