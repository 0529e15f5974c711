package dev.millrace.testkit.contract;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.StackNote;
import dev.millrace.job.StepRecord;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Report;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A report about to be sent by a test; each method answers a changed copy. It starts empty.
 *
 * @param report what it says so far
 * @param now when it is said
 */
public record Slip(Report report, Instant now) {

    /** An empty report of a claimed job. */
    public static Slip of(ClaimedJob job, long workerId, Instant now) {
        return new Slip(
                new Report(job.id(), job.claimId(), workerId, null, null, List.of(), null, null),
                now);
    }

    /** The same report, said at another moment from here on. */
    public Slip at(Instant moment) {
        return new Slip(report, moment);
    }

    /** How far it has come. */
    public Slip progress(long done, long total, @Nullable String message) {
        return progress(new Progress(done, total, message, 12.5, now));
    }

    /** How far it has come. */
    public Slip progress(Progress progress) {
        return with(progress, report.checkpoint(), report.steps(), report.log(), report.stack());
    }

    /** Where it can resume. */
    public Slip checkpoint(long number, String text) {
        var checkpoint = new Checkpoint(number, text, now);
        return with(report.progress(), checkpoint, report.steps(), report.log(), report.stack());
    }

    /** One more step. */
    public Slip step(int place, String name, String result) {
        var steps = new ArrayList<>(report.steps());
        steps.add(new StepRecord(place, name, result, 1 + place % 3, now));
        return with(report.progress(), report.checkpoint(), steps, report.log(), report.stack());
    }

    /** Lines of every level in turn. */
    public Slip log(long number, String... messages) {
        return log(number, Arrays.asList(messages));
    }

    /** Lines of every level in turn. */
    public Slip log(long number, List<String> messages) {
        var lines = new ArrayList<LogLine>();
        for (String message : messages) {
            var level = LogLine.Level.of(1 + lines.size() % 4);
            lines.add(new LogLine(now.plusMillis(lines.size()), level, message));
        }
        var chunk = new Report.LogChunk(number, lines);
        return with(report.progress(), report.checkpoint(), report.steps(), chunk, report.stack());
    }

    /** What its thread does. */
    public Slip stack(String text) {
        var stack = new StackNote(text, now);
        return with(report.progress(), report.checkpoint(), report.steps(), report.log(), stack);
    }

    private Slip with(
            @Nullable Progress progress,
            @Nullable Checkpoint checkpoint,
            List<StepRecord> steps,
            Report.@Nullable LogChunk log,
            @Nullable StackNote stack) {
        return new Slip(
                new Report(
                        report.jobId(),
                        report.claimId(),
                        report.workerId(),
                        progress,
                        checkpoint,
                        steps,
                        log,
                        stack),
                now);
    }
}
