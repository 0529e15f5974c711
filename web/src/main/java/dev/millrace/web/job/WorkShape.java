package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.job.RawJson;
import dev.millrace.remote.ClaimAsk;
import dev.millrace.remote.RemoteJob;
import dev.millrace.remote.RemoteWork;
import dev.millrace.store.Carried;
import dev.millrace.store.ClaimedJob;
import dev.millrace.web.schema.Member;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;

/** The messages of remote workers, and how jobs are given to them. */
public final class WorkShape {
    private static final Member TOKEN =
            must("token", Schema.text(), "The one that came with the job.");
    private static final Member WORKER =
            must("worker", Schema.text(), "What it was told when it registered.");
    private static final Schema SLOTS = Schema.map(Schema.whole(1, RemoteWork.MOST_HELD));

    /** A worker introduces itself. */
    public static final Schema REGISTER =
            Schema.input(
                    "RemoteWorker",
                    "A worker introduces itself.",
                    must("name", Schema.name200(), "Its host, process and the like."),
                    may("version", Schema.name200(), "Of its program. Default: unknown."),
                    must("queues", SLOTS, "What it serves, with its slots."),
                    may(
                            "kinds",
                            Schema.map(Schema.list(Schema.whole(1, Integer.MAX_VALUE))),
                            "What it can run, with the versions of each: for people to see why a"
                                    + " job waits. Default: unknown."),
                    may(
                            "lease",
                            Schema.duration(),
                            "How long it may go without heartbeat, 5s to 10m. Default: 30s."));

    /** It is registered. */
    public static final Schema REGISTERED =
            Schema.object(
                    "RegisteredWorker",
                    "A registered worker.",
                    must(
                            "worker",
                            Schema.text(),
                            "Its id, a dot and a secret: named with all that it says."),
                    must("lease", Schema.duration(), "How long it may go without heartbeat."),
                    must("heartbeatMillis", Schema.count(), "How often it should beat."));

    /** A worker wants work. */
    public static final Schema CLAIM =
            Schema.input(
                    "WorkClaim",
                    "A worker wants work.",
                    WORKER,
                    must(
                            "request",
                            Schema.whole(1, Integer.MAX_VALUE),
                            "One more each time. The same again is given the same jobs."),
                    must(
                            "queues",
                            Schema.map(Schema.whole(1, ClaimAsk.MOST_JOBS)),
                            "Where to look, with the most jobs of each."),
                    must(
                            "kinds",
                            Schema.map(Schema.list(Schema.whole(1, Integer.MAX_VALUE))),
                            "What it can run, with the versions of each."),
                    may(
                            "wait",
                            Schema.duration(),
                            "How long to wait when there is no job, at most 60s. Default: 0."));

    private static final Schema JOB =
            Schema.object(
                    "WorkJob",
                    "A job to be run.",
                    must("id", Schema.count(), "Its id."),
                    must("token", Schema.text(), "Named with all that is said of it."),
                    must("queue", Schema.text(), "Where it waited."),
                    must("kind", Schema.text(), "What it does."),
                    must("version", Schema.count(), "Of the payload's shape."),
                    must("priority", Schema.whole(0, 9), "9 goes first."),
                    must("payload", Schema.any(), "What it is about."),
                    must("attempt", Schema.count(), "1 for the first."),
                    must("maxAttempts", Schema.count(), "Attempts in all."),
                    must("tags", Schema.list(Schema.text()), "As given."),
                    must("createdAt", Schema.moment(), "When it was accepted."),
                    must(
                            "alone",
                            Schema.bool(),
                            "Whether workers died with it: run nothing beside it."),
                    may("expiresAt", Schema.moment(), "It is not to start after this."),
                    may("timeout", Schema.duration(), "The longest one attempt may take."),
                    may("keys", Schema.map(Schema.text()), "By which limits count."),
                    may("checkpoint", Schema.any(), "Where to resume."),
                    may("steps", Schema.map(Schema.any()), "Results of steps that are done."),
                    may(
                            "signals",
                            Schema.list(
                                    Schema.object(
                                            "WorkSignal",
                                            "A signal sent to it.",
                                            must("name", Schema.text(), "Which."),
                                            must("payload", Schema.any(), "What came with it."))),
                            "In the order in which they came."));

    /** Jobs are given. */
    public static final Schema GIVEN =
            Schema.object(
                    "WorkGiven",
                    "Jobs for a worker.",
                    must("jobs", Schema.list(JOB), "To be started in this order; maybe none."),
                    must(
                            "drain",
                            Schema.bool(),
                            "Whether it was told to claim nothing more and finish."));

    /** A worker beats. */
    public static final Schema BEAT =
            Schema.input(
                    "WorkBeat",
                    "A worker lives.",
                    WORKER,
                    may(
                            "jobs",
                            Schema.map(Schema.text()).orNull(),
                            "The jobs it holds, tokens by id; null to compare nothing."),
                    may(
                            "settled",
                            Schema.whole(0, Integer.MAX_VALUE),
                            "Every claim request below this was answered and is accounted for: what"
                                    + " else it holds by them is given back."),
                    may("after", Schema.count(), "The next of the beat before."));

    /** What it learns. */
    public static final Schema BEATEN =
            Schema.object(
                    "WorkBeaten",
                    "What a worker has to know.",
                    must("drain", Schema.bool(), "Whether to claim nothing more and finish."),
                    must(
                            "cancel",
                            Schema.map(Schema.text()),
                            "Jobs to end, by id, with the reason somebody gave."),
                    must("lost", Schema.list(Schema.count()), "Jobs it holds no more."),
                    must("returned", Schema.count(), "Jobs it did not name and that went back."),
                    must("next", Schema.count(), "To be said with the next beat."));

    /** A worker signs off. */
    public static final Schema LEAVE = Schema.input("WorkLeave", "A worker signs off.", WORKER);

    /** How far a job has come. */
    public static final Schema PROGRESS =
            Schema.input(
                    "WorkProgress",
                    "How far a job has come, for people.",
                    TOKEN,
                    must("done", Schema.count(), "Units done."),
                    may("total", Schema.count(), "Units in all; 0 when unknown."),
                    may("message", Schema.text(), "What it does at present."));

    /** Where a job resumes. */
    public static final Schema CHECKPOINT =
            Schema.input(
                    "WorkCheckpoint",
                    "Where a job resumes, and steps that are done.",
                    TOKEN,
                    may("checkpoint", Schema.any(), "Any JSON; replaces the one before."),
                    may("steps", Schema.map(Schema.any()), "Results by name, of steps just done."));

    /** Lines of a log. */
    public static final Schema LOG =
            Schema.input(
                    "WorkLog",
                    "Lines of a job's log.",
                    TOKEN,
                    must(
                            "lines",
                            Schema.list(
                                    Schema.input(
                                            "WorkLogLine",
                                            "A line.",
                                            may(
                                                    "level",
                                                    Schema.oneOf("debug", "info", "warn", "error"),
                                                    "How much it matters. Default: info."),
                                            must("message", Schema.text(), "For people."))),
                            "At least one, at most 100."));

    /** The work is done. */
    public static final Schema COMPLETE =
            Schema.input(
                    "WorkComplete",
                    "The work is done, or not wanted any more.",
                    TOKEN,
                    may("result", Schema.any(), "What came of it."),
                    may("skipped", Schema.text(), "Why it was not wanted any more."));

    /** It failed. */
    public static final Schema FAIL =
            Schema.input(
                    "WorkFail",
                    "An attempt failed, or ended because it was cancelled.",
                    TOKEN,
                    must("type", Schema.text(), "Of the error."),
                    must("message", Schema.text(), "What went wrong."),
                    may("stack", Schema.text(), "Where."),
                    may(
                            "retry",
                            Schema.any(),
                            "false: set the job aside. A duration: try again after it. Default: by"
                                    + " the job's retry policy."),
                    may("cancelled", Schema.bool(), "Somebody asked to cancel it, and it ended."));

    /** Later. */
    public static final Schema SNOOZE =
            Schema.input(
                    "WorkSnooze",
                    "Run it again later; the attempt is not spent.",
                    TOKEN,
                    must("delay", Schema.duration(), "How long to wait."),
                    may("reason", Schema.text(), "For people."),
                    may(
                            "key",
                            Schema.name200(),
                            "One of its keys, or something its queue shares, that rests"
                                    + " meanwhile."));

    /** Back. */
    public static final Schema RELEASE =
            Schema.input(
                    "WorkRelease",
                    "The worker stops and hands it back; the attempt is not spent.",
                    TOKEN,
                    may("reason", Schema.text(), "For people."));

    /** It was kept. */
    public static final Schema KEPT =
            Schema.object(
                    "WorkKept",
                    "It was kept.",
                    must("recorded", Schema.oneOf("now", "already"), "Whether by this call."));

    private WorkShape() {}

    /** What a claim was given, as programs read it. */
    public static JsonLine json(RemoteWork.Given given) {
        return new JsonLine()
                .with("jobs", given.jobs().stream().map(WorkShape::json).toList())
                .with("drain", given.draining());
    }

    private static JsonLine json(RemoteJob given) {
        ClaimedJob job = given.job();
        Carried carried = given.carried();
        Instant expiresAt = job.terms().expiresAt();
        Duration timeout = job.terms().timeout();
        var steps = new LinkedHashMap<String, RawJson>();
        carried.steps().forEach(step -> steps.put(step.name(), new RawJson(step.result())));
        return new JsonLine()
                .with("id", job.id())
                .with("token", given.token().text())
                .with("queue", job.queue())
                .with("kind", job.kind())
                .with("version", job.version())
                .with("priority", job.priority())
                .with("payload", new RawJson(job.payload()))
                .with("attempt", job.attempt())
                .with("maxAttempts", job.maxAttempts())
                .with("tags", job.tags())
                .with("createdAt", job.createdAt())
                .with("alone", job.runsAlone())
                .withKnown("expiresAt", expiresAt)
                .withKnown("timeout", timeout == null ? null : Durations.exact(timeout))
                .withKnown("keys", job.terms().keys().isEmpty() ? null : job.terms().keys())
                .withKnown("checkpoint", raw(given.checkpoint()))
                .withKnown("steps", steps.isEmpty() ? null : steps)
                .withKnown(
                        "signals",
                        carried.signals().isEmpty()
                                ? null
                                : carried.signals().stream().map(WorkShape::json).toList());
    }

    private static JsonLine json(Carried.Signal signal) {
        return new JsonLine()
                .with("name", signal.name())
                .with("payload", new RawJson(signal.payload()));
    }

    private static @Nullable RawJson raw(@Nullable String text) {
        return text == null ? null : new RawJson(text);
    }
}
