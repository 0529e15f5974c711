package dev.millrace.server.work;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.App;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.JobContext;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.job.Walk;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Kinds to try a worker with: {@code --app demo}. */
public final class DemoKinds implements App {
    private static final long HANG_MILLIS = Duration.ofMinutes(1).toMillis();

    /** Payload of a kind that needs none. */
    record Nothing() {}

    /**
     * Payload of {@code demo.sleep}.
     *
     * @param millis how long
     */
    record Sleep(long millis) {}

    /**
     * Payload of {@code demo.flaky}.
     *
     * @param failures how many attempts fail before one completes
     */
    record Flaky(int failures) {}

    /**
     * Payload of {@code demo.append}.
     *
     * @param file which is made when it is missing
     * @param line without its line end
     */
    record Append(@Nullable String file, @Nullable String line) {}

    /**
     * Payload of {@code demo.walk}.
     *
     * @param pages how many
     * @param pageMillis how long each takes
     * @param ledger a file to which the number of each finished page is appended, if it is said
     */
    record WalkPages(long pages, long pageMillis, @Nullable String ledger) {}

    /**
     * Payload of {@code demo.hang}.
     *
     * @param millis how long, a minute when it is not said
     */
    record Hang(@Nullable Long millis) {}

    /** The demo's application. */
    public DemoKinds() {}

    @Override
    public void configure(MillraceBuilder builder) {
        builder.handle(Task.named("demo.noop", Nothing.class), (payload, job) -> null)
                .handle(Task.named("demo.echo", RawJson.class), (payload, job) -> payload)
                .handle(Task.named("demo.sleep", Sleep.class), DemoKinds::sleep)
                .handle(Task.named("demo.flaky", Flaky.class), DemoKinds::flaky)
                .handle(Task.named("demo.append", Append.class), DemoKinds::append)
                .handle(Task.named("demo.walk", WalkPages.class), DemoKinds::walk)
                .handle(Task.named("demo.hang", Hang.class), DemoKinds::hang);
    }

    private static @Nullable Object sleep(Sleep payload, JobContext job)
            throws InterruptedException {
        boolean never = new CountDownLatch(1).await(payload.millis(), TimeUnit.MILLISECONDS);
        assert !never;
        return null;
    }

    private static @Nullable Object flaky(Flaky payload, JobContext job) {
        if (job.attempt() <= payload.failures()) {
            throw new IllegalStateException(
                    "attempt %d of %d that fail by request"
                            .formatted(job.attempt(), payload.failures()));
        }
        return null;
    }

    private static @Nullable Object append(Append payload, JobContext job) throws IOException {
        if (payload.file() == null || payload.line() == null) {
            return job.discard("demo.append needs {file, line}");
        }
        // one write at the file's end, so that lines of several processes do not mix
        Files.write(
                Path.of(payload.file()),
                (payload.line() + "\n").getBytes(UTF_8),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        return null;
    }

    /** Walks through pages, with a checkpoint and progress after each. */
    private static @Nullable Object walk(WalkPages payload, JobContext job) throws Exception {
        long pages = payload.pages();
        if (pages < 1 || payload.pageMillis() < 0) {
            return job.discard(
                    "demo.walk needs {pages, pageMillis, ledger?}, pages 1 or more, pageMillis 0 or"
                            + " more");
        }
        Walk<Long, Long> walk =
                Walk.named(
                        "pages",
                        Long.class,
                        after -> {
                            long page = after == null ? 1 : after;
                            return new Walk.Page<>(List.of(page), page == pages ? null : page + 1);
                        });
        job.walk(
                walk,
                page -> {
                    sleep(new Sleep(payload.pageMillis()), job);
                    if (payload.ledger() != null) {
                        append(new Append(payload.ledger(), Long.toString(page.number())), job);
                    }
                    job.progress(page.number(), pages, "page " + page.number());
                });
        return null;
    }

    /** Ignores interruption until its time is over, as broken code does. */
    private static @Nullable Object hang(Hang payload, JobContext job) {
        long millis = payload.millis() == null ? HANG_MILLIS : payload.millis();
        if (millis < 0 || millis > Duration.ofDays(1).toMillis()) {
            throw MillraceException.invalid(
                    "millis must be 0 to 86400000, got %d".formatted(millis));
        }
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        boolean interrupted = false;
        while (end - System.nanoTime() > 0) {
            LockSupport.parkNanos(end - System.nanoTime());
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return null;
    }
}
