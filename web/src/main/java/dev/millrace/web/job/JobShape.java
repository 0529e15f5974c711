package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.job.LogLine;
import dev.millrace.web.schema.Schema;

import java.util.Arrays;
import java.util.Locale;

/** What {@link JobView} and {@link ReportView} write. */
public final class JobShape {
    /** A state's name. */
    public static final Schema STATE =
            Schema.oneOf(Arrays.stream(JobState.Name.values()).map(JobState.Name::text).toList());

    /** How far a job has come. */
    public static final Schema PROGRESS =
            Schema.object(
                    "Progress",
                    "How far a job has come.",
                    must("done", Schema.count(), "What is done."),
                    may("total", Schema.count(), "Of how much; left out when unknown."),
                    may("message", Schema.text(), "For people."),
                    may("perSecond", Schema.number(), "At which rate."),
                    may("secondsLeft", Schema.count(), "An estimate, at that rate."),
                    must("at", Schema.moment(), "When that was said."));

    private static final Schema FAILURE =
            Schema.object(
                    "Failure",
                    "How a handler failed.",
                    must("type", Schema.text(), "The class of what it threw."),
                    must("message", Schema.text(), "What that says."),
                    must("stack", Schema.text(), "Where it was thrown."));

    private static final Schema ATTEMPT =
            Schema.object(
                    "Attempt",
                    "An attempt that has ended.",
                    must("number", Schema.count(), "Which, from 1."),
                    must("worker", Schema.count(), "Whose; 0 when none had it."),
                    must("startedAt", Schema.moment(), "When it was claimed."),
                    must("finishedAt", Schema.moment(), "When it ended."),
                    must(
                            "outcome",
                            Schema.oneOf(
                                    Arrays.stream(Attempt.End.values())
                                            .map(each -> each.name().toLowerCase(Locale.ROOT))
                                            .toList()),
                            "How."),
                    must("error", FAILURE.orNull(), "Why, if it failed."));

    private static final Schema WAITING =
            Schema.object(
                    "Waiting",
                    "Why a job does not run.",
                    must(
                            "reason",
                            Schema.oneOf(
                                    "due-later",
                                    "newer-checkpoint",
                                    "backing-off",
                                    "signal",
                                    "parent",
                                    "queue-paused",
                                    "key-limit",
                                    "rate-limit",
                                    "no-worker",
                                    "next"),
                            "For programs."),
                    must("detail", Schema.text(), "For people."));

    private static final Schema STEP =
            Schema.object(
                    "Step",
                    "A step that is done, whatever becomes of the attempt.",
                    must("name", Schema.text(), "Its name."),
                    must("result", Schema.any(), "What it gave."),
                    must("tries", Schema.count(), "How often it was tried."),
                    must("at", Schema.moment(), "When it was done."));

    private static final Schema LOG_LINE =
            Schema.object(
                    "LogLine",
                    "A line that a handler wrote.",
                    must("at", Schema.moment(), "When."),
                    must(
                            "level",
                            Schema.oneOf(
                                    Arrays.stream(LogLine.Level.values())
                                            .map(LogLine.Level::text)
                                            .toList()),
                            "How much it matters."),
                    must("message", Schema.text(), "What it says."));

    private static final Schema STACK =
            Schema.object(
                    "Stack",
                    "Where a running job's thread stood.",
                    must("at", Schema.moment(), "When."),
                    must("text", Schema.text(), "A frame a line."));

    /** A job. */
    public static final Schema JOB =
            Schema.object(
                    "Job",
                    "A job, with all that is known of it; in a list without its attempts.",
                    must("id", Schema.count(), "Its id."),
                    must("kind", Schema.name200(), "What it does."),
                    must("version", Schema.count(), "Of its payload's form."),
                    must("queue", Schema.name200(), "Where it waits or waited."),
                    must("state", STATE, "Where it stands."),
                    must("priority", Schema.whole(0, 9), "From 0, the lowest, to 9."),
                    must("keys", Schema.map(Schema.text()), "By which limits count."),
                    may("unique", Schema.text(), "The unique key that it holds or held."),
                    must("tags", Schema.list(Schema.text()), "Its tags."),
                    may(
                            "payload",
                            Schema.any(),
                            "Any JSON, its numbers with every digit; left out where asked so."),
                    must("attempt", Schema.count(), "The attempt that runs or is next, from 1."),
                    must(
                            "maxAttempts",
                            Schema.count(),
                            "After so many that fail, it is set aside."),
                    may(
                            "createdAt",
                            Schema.moment(),
                            "When it was accepted; left out only where the same request comes again"
                                    + " and its job was removed since."),
                    may("runAt", Schema.moment(), "When it is due, while it is scheduled."),
                    may("expiresAt", Schema.moment(), "When it is worthless unless started."),
                    may("timeout", Schema.duration(), "The longest one attempt may take."),
                    may("startedAt", Schema.moment(), "When the latest attempt was claimed."),
                    may("finishedAt", Schema.moment(), "When it came to rest."),
                    may("skipped", Schema.bool(), "Whether its handler found nothing to do."),
                    may("result", Schema.any(), "What its handler gave, once it is completed."),
                    may("worker", Schema.count(), "Who runs it."),
                    may("error", FAILURE, "How the latest attempt failed."),
                    may("attempts", Schema.list(ATTEMPT), "Those that have ended, oldest first."),
                    may("waiting", WAITING, "Why it does not run, while it waits."),
                    may("progress", PROGRESS, "How far it has come."),
                    may("checkpoint", Schema.any(), "Where the next attempt goes on."),
                    may("checkpointAt", Schema.moment(), "When that was kept."),
                    may("steps", Schema.list(STEP), "Steps that are done."),
                    may("log", Schema.list(LOG_LINE), "What its handler wrote, oldest first."),
                    may("stack", STACK, "Where its thread stood, when that was asked for."),
                    may("duplicate", Schema.bool(), "Whether it was there before it was sent."));

    private JobShape() {}
}
