package dev.millrace.server.demo;

import dev.millrace.App;
import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.flow.Pipeline;
import dev.millrace.job.JobContext;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Task;
import dev.millrace.schedule.Cron;
import dev.millrace.schedule.Overlap;
import dev.millrace.schedule.Schedule;
import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchState;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * The grader as a part of {@code --app demo}: its pipeline, and a schedule that has a few packages
 * graded each minute. The web is there from the first request on.
 */
public final class GradeApp implements App {
    /** Whose jobs each submit some packages. */
    static final Task<Some> GRADE = Task.named("demo.grade", Some.class).queue("demo.grade");

    private static final int WORKERS = 16;
    private static final int EACH_MINUTE = 3;
    private static final int MOST_OPEN = 100;
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    /**
     * What is to be graded.
     *
     * @param packages how many, 1 to 100
     */
    record Some(int packages) {}

    private final CompletableFuture<Millrace> started = new CompletableFuture<>();
    private final Pipeline<GradeSteps.Listed> pipeline =
            new GradeSteps(this::source, Clock.systemUTC()).pipeline(WORKERS);
    private @Nullable PackageList list;
    private GradeSteps.@Nullable Source source;

    /** The demo's application. */
    public GradeApp() {}

    @Override
    public void configure(MillraceBuilder builder) {
        builder.pipeline(pipeline)
                .handle(GRADE, this::submit)
                .started(started::complete)
                .schedule(
                        "demo.grade",
                        Schedule.of(Cron.of("* * * * *", ZoneOffset.UTC)).overlap(Overlap.SKIP),
                        GRADE.with(new Some(EACH_MINUTE)));
    }

    /** The next packages of the list; none while many wait, as where no worker takes them. */
    private Object submit(Some wanted, JobContext job) throws IOException {
        if (wanted.packages() < 1 || wanted.packages() > MOST_OPEN) {
            return job.discard("demo.grade needs {packages}, 1 to 100");
        }
        Millrace millrace = started.join();
        var open = new BatchFilter(true, GradeSteps.NAME, BatchState.WAITING);
        if (millrace.store().batches().list(open, Long.MAX_VALUE, MOST_OPEN).size() == MOST_OPEN) {
            return job.skip("%d packages are under way".formatted(MOST_OPEN));
        }
        List<Row.Good> rows = list().jobs();
        int from = (int) Math.floorMod(job.id() * wanted.packages(), (long) rows.size());
        return millrace.submitAll(
                pipeline,
                IntStream.range(0, wanted.packages())
                        .mapToObj(i -> rows.get((from + i) % rows.size()))
                        .map(GradeSteps.Listed::of),
                (each, why) -> {
                    throw why; // every key of the list is one that keys may be
                });
    }

    private synchronized PackageList list() throws IOException {
        if (list == null) {
            list = PackageList.shipped(Integer.MAX_VALUE, 0);
        }
        return list;
    }

    private synchronized GradeSteps.Source source() {
        if (source == null) {
            try {
                source =
                        new GradeSteps.Source(
                                FlakyWeb.start(1, 1, list().directory()),
                                new PageFetcher(DEADLINE));
            } catch (IOException e) {
                throw new MillraceException(
                        MillraceException.Code.INVALID_CONFIGURATION,
                        "the demo's web must be able to listen on loopback, got " + e,
                        e);
            }
        }
        return source;
    }
}
