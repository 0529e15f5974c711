package dev.millrace.examples.grader;

import dev.millrace.Millrace;
import dev.millrace.examples.grader.GradeSteps.Company;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchState;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * {@code examples/run grader [WORKERS]}: grades companies one at a time and with many workers, on a
 * small web that answers after 100 ms, and says how much faster that is.
 */
public final class Main {
    private static final Duration DELAY = Duration.ofMillis(100);
    private static final int ALONE = 40;
    private static final int MANY = 1_000;

    private Main() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        int workers = args.length > 0 ? Integer.parseInt(args[0]) : 50;
        try (var web = SmallWeb.start(DELAY)) {
            double alone = perSecond(web, 1, ALONE);
            System.out.printf(Locale.ROOT, "one at a time      %8.1f companies/s%n", alone);
            double many = perSecond(web, workers, MANY);
            System.out.printf(
                    Locale.ROOT,
                    "%d workers a step  %8.1f companies/s, %.1f times as many; at most %d at one"
                            + " host%n",
                    workers,
                    many,
                    many / alone,
                    web.mostAtOneHost());
        }
    }

    private static double perSecond(SmallWeb web, int workers, int companies) throws IOException {
        Path directory = Files.createTempDirectory("grader");
        var pipeline =
                new GradeSteps(web.address(), new Lanes(4), (step, company) -> {})
                        .pipeline(workers);
        try (var millrace =
                Millrace.builder()
                        .store(SqliteStore.at(directory.resolve("grader.db")))
                        .pipeline(pipeline)
                        .start()) {
            long begun = System.nanoTime();
            millrace.submitAll(
                    pipeline,
                    IntStream.range(0, companies).mapToObj(i -> new Company("company-" + i)),
                    (company, why) -> {
                        throw why;
                    });
            while (!isDone(millrace)) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
            return companies / ((System.nanoTime() - begun) / 1e9);
        }
    }

    private static boolean isDone(Millrace millrace) {
        return millrace.store()
                .batches()
                .list(new BatchFilter(true, GradeSteps.NAME, BatchState.WAITING), Long.MAX_VALUE, 1)
                .isEmpty();
    }
}
