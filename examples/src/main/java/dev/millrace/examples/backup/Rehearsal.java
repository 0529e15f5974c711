package dev.millrace.examples.backup;

import dev.millrace.Millrace;
import dev.millrace.examples.source.SourceProcess;
import dev.millrace.examples.stage.Stores;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.queue.JobHandle;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Does all of it: backup, export and restore, while workers are killed, then looks at it. */
final class Rehearsal {
    private static final int WORKERS = 2;
    private static final int LATEST_KILL_MILLIS = 25;
    private static final Duration LOOK = Duration.ofMillis(250);

    private final Options options;
    private final Path place;
    private final PrintStream out;
    private final boolean live;
    private final Random random;

    /**
     * How a job went.
     *
     * @param job its id
     * @param kills of workers that ran it
     * @param rescues of the job
     * @param seconds from enqueuing to its end
     * @param result as JSON
     */
    record Run(long job, int kills, int rescues, double seconds, String result) {}

    /** Says why a job did not complete. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;

        Failed(String message) {
            super(message);
        }
    }

    Rehearsal(Options options, Path place, PrintStream out, boolean live) {
        this.options = options;
        this.place = place;
        this.out = out;
        this.live = live;
        this.random = new Random(options.seed());
    }

    /** Answers how much was wrong. */
    int run() throws IOException, InterruptedException, Failed {
        var folder = new Folder(place.resolve("backup"));
        String store = options.storeIn(place);
        var target = new Target(options.targetIn(place));
        out.printf(
                Locale.ROOT,
                "%,d records, %,d pages of %d from a flaky source; %d kills; --seed %d%n%n",
                options.records(),
                options.pages(),
                options.pageSize(),
                options.kills(),
                options.seed());
        try (var source = SourceProcess.start(options.seed(), options.records());
                var millrace = Millrace.builder().store(Stores.open(store)).start();
                var crew = new Crew(store, WORKERS)) {
            String directory = folder.root().toString();
            var backup =
                    new BackupJobs.Backup(
                            source.firstPage(options.pageSize()),
                            options.pageSize(),
                            directory,
                            options.pagesPerSegment());
            int few = Math.min(1, options.kills());
            var backedUp =
                    watch(
                            millrace,
                            crew,
                            BackupJobs.BACKUP.with(backup),
                            plan(options.pages(), options.kills()));
            watch(
                    millrace,
                    crew,
                    BackupJobs.EXPORT.with(new BackupJobs.Export(directory)),
                    plan(options.segments(), few));
            var restore = new BackupJobs.Restore(directory, target.url(), source.all());
            var restored =
                    watch(
                            millrace,
                            crew,
                            BackupJobs.RESTORE.with(restore),
                            plan(options.segments(), few));
            out.printf("%nLooked at from outside:%n%n");
            var checks = new Checks(folder, out);
            checks.segments(options.records(), source.all());
            checks.fetches(source.ledger(), options.pageSize(), backedUp.kills());
            checks.export(source.all());
            checks.restored(target, source.all(), compared(restored));
            verdict(checks.wrong(), backedUp);
            return checks.wrong();
        }
    }

    private void verdict(int wrong, Run backup) {
        out.printf(
                Locale.ROOT,
                "%n%s: %,.0f records a second with %d kills and everything the source did wrong%n",
                wrong == 0 ? "All is right" : wrong + " of it WRONG",
                options.records() / backup.seconds(),
                backup.kills());
    }

    private static SourceLines.Compared compared(Run restored) {
        return new Json()
                .read("result of the restore", restored.result(), SourceLines.Compared.class);
    }

    /** The pages at which a worker is killed, in order, none of them among the very last. */
    private Deque<Long> plan(int pages, int kills) {
        return new ArrayDeque<>(
                random.longs(1, Math.max(2, pages * 4L / 5))
                        .limit(kills)
                        .sorted()
                        .boxed()
                        .toList());
    }

    private Run watch(Millrace millrace, Crew crew, JobRequest<?> request, Deque<Long> plan)
            throws IOException, InterruptedException, Failed {
        long start = System.nanoTime();
        var job = millrace.enqueue(request);
        String kind = request.task().kind();
        var bar = new Bar(out, kind.substring(kind.indexOf('.') + 1), live);
        var ended = new CountDownLatch(1);
        job.whenEnded().thenRun(ended::countDown);
        int kills = 0;
        long looked = 0;
        while (ended.getCount() > 0) {
            var sign = crew.next(LOOK);
            if (sign != null
                    && !plan.isEmpty()
                    && sign.kind().equals(kind)
                    && sign.page() >= plan.getFirst()) {
                plan.removeFirst();
                // anywhere between this page's checkpoint and the next one's
                boolean over =
                        ended.await(random.nextInt(LATEST_KILL_MILLIS), TimeUnit.MILLISECONDS);
                if (!over) {
                    crew.kill(sign.worker());
                    kills++;
                    bar.say(
                            "  kill -9 of worker %d after page %d"
                                    .formatted(sign.worker().pid(), sign.page()));
                }
            }
            if (crew.living() < WORKERS) {
                throw new Failed("expected %d workers to live, one has ended".formatted(WORKERS));
            }
            if (System.nanoTime() - looked > LOOK.toNanos()) {
                looked = System.nanoTime();
                var progress = millrace.report(job.id()).progress();
                if (progress != null) {
                    bar.draw(progress);
                }
            }
        }
        return ended(millrace, job, new Told(bar, kind, kills, (System.nanoTime() - start) / 1e9));
    }

    private record Told(Bar bar, String kind, int kills, double seconds) {}

    private Run ended(Millrace millrace, JobHandle job, Told told)
            throws InterruptedException, Failed {
        var result = job.await(Duration.ofSeconds(10)).orElseThrow();
        var attempts = millrace.store().find(job.id()).orElseThrow().attempts();
        if (!(result.state() instanceof JobState.Completed)) {
            throw new Failed(
                    "expected job %d (%s) to complete, it is %s: %s"
                            .formatted(job.id(), told.kind(), result, attempts));
        }
        int rescues =
                (int)
                        attempts.stream()
                                .filter(attempt -> attempt.end() == Attempt.End.RESCUED)
                                .count();
        told.bar()
                .say(
                        String.format(
                                Locale.ROOT,
                                "  %s completed: %.1f s, job %d, %d kills, %d resumed, %s",
                                told.kind(),
                                told.seconds(),
                                job.id(),
                                told.kills(),
                                rescues,
                                result.json().orElse("no result")));
        return new Run(
                job.id(), told.kills(), rescues, told.seconds(), result.json().orElse("null"));
    }
}
