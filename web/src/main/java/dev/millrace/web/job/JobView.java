package dev.millrace.web.job;

import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.RawJson;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.LimitKey;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How jobs are shown.
 *
 * @param now the moment of looking
 * @param workers as they stood then, to tell why an available job waits
 * @param queues what is set on queues and how many of their jobs run, for the same; queues with
 *     nothing set may be left out
 * @param hiding what is not shown of jobs
 * @param held which limit holds a job, by job; those that none holds are left out
 */
public record JobView(
        Instant now,
        List<WorkerSnapshot> workers,
        Map<String, QueueSnapshot> queues,
        Hiding hiding,
        Map<Long, Waiting> held) {
    /** Workers that said nothing for longer than this are taken for gone. */
    public static final Duration SILENT = Duration.ofSeconds(30);

    /**
     * Why a job is not running.
     *
     * @param reason {@code due-later}, {@code newer-checkpoint}, {@code backing-off}, {@code
     *     signal}, {@code parent}, {@code queue-paused}, {@code key-limit}, {@code rate-limit},
     *     {@code no-worker} or {@code next}
     * @param detail for people
     */
    public record Waiting(String reason, String detail) {}

    /** Where nothing is known to be set on queues. */
    public JobView(Instant now, List<WorkerSnapshot> workers) {
        this(now, workers, Map.of(), Hiding.NOTHING, Map.of());
    }

    /** Queues as the store told them. */
    public JobView(Instant now, List<WorkerSnapshot> workers, List<QueueSnapshot> queues) {
        this(
                now,
                workers,
                queues.stream().collect(toUnmodifiableMap(QueueSnapshot::queue, each -> each)),
                Hiding.NOTHING,
                Map.of());
    }

    /** The same, hiding something else. */
    public JobView hiding(Hiding other) {
        return new JobView(now, workers, queues, other, held);
    }

    /**
     * What is needed to show one job. Cost: one round trip, two for an available job, three when
     * something is set on its queue; two more for one with keys.
     */
    public static JobView of(JobStore store, Instant now, JobSnapshot job) {
        boolean set =
                job.state() instanceof JobState.Available
                        && !store.control(job.queue()).equals(QueueControl.NONE);
        return new JobView(now, store.workers(), set ? store.queues() : List.of())
                .knowing(store, List.of(job));
    }

    /**
     * The same, knowing which limits hold some jobs. Nothing is asked when none of them is
     * available; else it costs a round trip for a thousand of them, and two more when a limit holds
     * one.
     */
    public JobView knowing(JobStore store, Collection<JobSnapshot> jobs) {
        List<Long> available =
                jobs.stream()
                        .filter(job -> job.state() instanceof JobState.Available)
                        .map(JobSnapshot::id)
                        .toList();
        var lines = new TreeMap<Long, LimitKey>();
        for (int from = 0; from < available.size(); from += 1_000) {
            List<Long> part = available.subList(from, Math.min(available.size(), from + 1_000));
            lines.putAll(store.limits().holding(part));
        }
        if (lines.isEmpty()) {
            return this;
        }
        var held = new Held(store, new HashSet<>(lines.values()), now);
        var holds = new TreeMap<Long, Waiting>();
        lines.forEach((job, key) -> holds.put(job, held.of(key)));
        return new JobView(now, workers, queues, hiding, holds);
    }

    /**
     * A job as programs read it, with all that is known of it.
     *
     * @param report what it left behind while it ran
     */
    public JsonLine json(JobSnapshot job, JobReport report) {
        Hiding.Of hidden = hiding.of(job);
        JsonLine line = json(job, true, waiting(job, report), hidden);
        ReportView.add(line, report, hidden);
        return line;
    }

    /** A job of many, without its attempts, as programs read it. */
    public JsonLine json(JobSnapshot job) {
        return json(job, false, waiting(job, JobReport.NONE), hiding.of(job));
    }

    private static JsonLine json(
            JobSnapshot job, boolean withAttempts, @Nullable Waiting waiting, Hiding.Of hidden) {
        var line =
                new JsonLine()
                        .with("id", job.id())
                        .with("kind", job.kind())
                        .with("version", job.version())
                        .with("queue", job.queue())
                        .with("state", job.state().name().text())
                        .with("priority", job.priority())
                        .with("keys", keys(job, hidden))
                        .withKnown("unique", hidden.known(job.terms().unique()))
                        .with("tags", hidden.texts(job.tags()))
                        .with("payload", new RawJson(hidden.json(job.payload())))
                        .with("attempt", job.attempt())
                        .with("maxAttempts", job.maxAttempts())
                        .with("createdAt", job.createdAt())
                        .withKnown("runAt", runAt(job))
                        .withKnown("expiresAt", job.terms().expiresAt())
                        .withKnown("timeout", timeout(job))
                        .withKnown("startedAt", startedAt(job))
                        .withKnown("finishedAt", finishedAt(job));
        if (job.state() instanceof JobState.Completed done) {
            line.with("skipped", done.skipped());
            line.with(
                    "result",
                    done.result() == null ? null : new RawJson(hidden.json(done.result())));
        }
        if (job.state() instanceof JobState.Running running) {
            line.with("worker", running.worker());
        }
        if (withAttempts) {
            line.withKnown("error", lastError(job, hidden));
            line.with("attempts", job.attempts().stream().map(each -> json(each, hidden)).toList());
        }
        if (waiting != null) {
            line.with(
                    "waiting",
                    new JsonLine()
                            .with("reason", waiting.reason())
                            .with("detail", hidden.text(waiting.detail())));
        }
        return line;
    }

    private static Map<String, String> keys(JobSnapshot job, Hiding.Of hidden) {
        var keys = new TreeMap<>(job.terms().keys());
        keys.replaceAll((name, value) -> hidden.text(value));
        return keys;
    }

    private static JsonLine json(Attempt attempt, Hiding.Of hidden) {
        return new JsonLine()
                .with("number", attempt.number())
                .with("worker", attempt.worker())
                .with("startedAt", attempt.startedAt())
                .with("finishedAt", attempt.endedAt())
                .with("outcome", outcome(attempt))
                .with(
                        "error",
                        attempt.error() == null ? null : json(hidden.error(attempt.error())));
    }

    private static JsonLine json(ErrorInfo error) {
        return new JsonLine()
                .with("type", error.type())
                .with("message", error.message())
                .with("stack", error.stack());
    }

    /** How an attempt ended, in lower case. */
    public static String outcome(Attempt attempt) {
        return attempt.end().name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable JsonLine lastError(JobSnapshot job, Hiding.Of hidden) {
        if (job.attempts().isEmpty() || job.attempts().getLast().error() == null) {
            return null;
        }
        return json(hidden.error(job.attempts().getLast().error()));
    }

    /** The longest one attempt may take, as {@link Durations} reads it. */
    public static @Nullable String timeout(JobSnapshot job) {
        Duration timeout = job.terms().timeout();
        return timeout == null ? null : Durations.exact(timeout);
    }

    /** When it is due, if it waits for a moment. */
    public static @Nullable Instant runAt(JobSnapshot job) {
        return job.state() instanceof JobState.Scheduled due ? due.runAt() : null;
    }

    private static @Nullable Instant startedAt(JobSnapshot job) {
        if (job.state() instanceof JobState.Running running) {
            return running.claimedAt();
        }
        return job.attempts().isEmpty() ? null : job.attempts().getLast().startedAt();
    }

    /** When it came to rest, if it did. */
    public static @Nullable Instant finishedAt(JobSnapshot job) {
        return switch (job.state()) {
            case JobState.Completed done -> done.at();
            case JobState.Discarded discarded -> discarded.at();
            case JobState.Cancelled cancelled -> cancelled.at();
            case JobState.Expired expired -> expired.at();
            case JobState.Scheduled s -> null;
            case JobState.Available a -> null;
            case JobState.Running r -> null;
        };
    }

    /**
     * Why it waits; {@code null} when it does not.
     *
     * @param report what it left behind while it ran, which may be unknown
     */
    public @Nullable Waiting waiting(JobSnapshot job, JobReport report) {
        return switch (job.state()) {
            case JobState.Scheduled due when report.waitsFor() != null ->
                    new Waiting("signal", signal(report.waitsFor(), due.runAt()));
            case JobState.Scheduled due when due.backingOff() ->
                    new Waiting(
                            "backing-off",
                            "attempt %d of %d at %s (%s)"
                                    .formatted(
                                            job.attempt(),
                                            job.maxAttempts(),
                                            due.runAt(),
                                            until(due.runAt())));
            case JobState.Scheduled due when due.runAt().equals(Ending.Next.Waiting.FOR_EVER) ->
                    new Waiting("parent", parent(job));
            case JobState.Scheduled due -> later(job, due.runAt());
            case JobState.Available a -> available(job);
            case JobState.Running r -> null;
            case JobState.Discarded d -> null;
            case JobState.Completed c -> null;
            case JobState.Cancelled c -> null;
            case JobState.Expired e -> null;
        };
    }

    private static String parent(JobSnapshot job) {
        long batch = job.terms().batch();
        return batch == 0
                ? "until the batch that it follows has come so far"
                : "until no other part of batch %d is left".formatted(batch);
    }

    private Waiting later(JobSnapshot job, Instant runAt) {
        String when = "at %s (%s)".formatted(runAt, until(runAt));
        ErrorInfo why = job.attempts().isEmpty() ? null : job.attempts().getLast().error();
        return why != null && why.type().equals(ErrorInfo.NEWER_CHECKPOINT)
                ? new Waiting(ErrorInfo.NEWER_CHECKPOINT, "%s; %s".formatted(why.message(), when))
                : new Waiting("due-later", when);
    }

    private String signal(String name, Instant until) {
        return until.equals(Ending.Next.Waiting.FOR_EVER)
                ? "until it is sent signal '%s'".formatted(name)
                : "until it is sent signal '%s', at most until %s (%s)"
                        .formatted(name, until, until(until));
    }

    private Waiting available(JobSnapshot job) {
        QueueSnapshot queue = queues.get(job.queue());
        QueueControl control = queue == null ? QueueControl.NONE : queue.control();
        if (control.paused()) {
            return new Waiting(
                    "queue-paused",
                    "queue '%s' is paused until somebody resumes it".formatted(job.queue()));
        }
        Waiting held = this.held.get(job.id());
        if (held != null) {
            return held;
        }
        Integer limit = control.maxRunning();
        if (queue != null && limit != null && queue.running() >= limit) {
            return new Waiting(
                    "next",
                    "the limit of queue '%s' is used up: at most %d may run in all processes, %d do"
                            .formatted(job.queue(), limit, queue.running()));
        }
        return unhindered(job);
    }

    private Waiting unhindered(JobSnapshot job) {
        List<WorkerSnapshot> serving =
                workers.stream().filter(each -> serves(each, job.queue())).toList();
        if (serving.isEmpty()) {
            return new Waiting(
                    "no-worker", "no live worker serves queue '%s'".formatted(job.queue()));
        }
        var kind = new KindVersion(job.kind(), job.version());
        long able = serving.stream().filter(each -> each.mayRun(kind)).count();
        if (able == 0) {
            return new Waiting(
                    "no-worker",
                    "none of the live workers of queue '%s', %d, knows kind '%s' in version %d"
                            .formatted(job.queue(), serving.size(), job.kind(), job.version()));
        }
        return new Waiting(
                "next",
                "%d live %s of queue '%s' may take it"
                        .formatted(able, able == 1 ? "worker" : "workers", job.queue()));
    }

    private boolean serves(WorkerSnapshot worker, String queue) {
        return worker.takesJobs(now) && worker.queues().containsKey(queue);
    }

    /** How many live workers serve a queue. */
    public int serving(String queue) {
        return (int) workers.stream().filter(each -> serves(each, queue)).count();
    }

    /** Whether it said not long ago that it lives. */
    public boolean isLive(WorkerSnapshot worker) {
        return worker.isLive(now);
    }

    private String until(Instant moment) {
        return moment.isAfter(now)
                ? "in " + Durations.text(Duration.between(now, moment))
                : "due now";
    }
}
