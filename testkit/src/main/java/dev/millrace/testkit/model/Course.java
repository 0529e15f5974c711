package dev.millrace.testkit.model;

import dev.millrace.store.Carried;
import dev.millrace.store.Report;

import org.jspecify.annotations.Nullable;

/**
 * How far a handler has come, in its process's memory.
 *
 * @param checkpoint the number of the last one it knows of
 * @param step which call of the step's body gave the result that it has; 0 for none
 * @param signals how many it knew of when it started
 * @param cancelled whether it learned that somebody cancelled its job
 * @param doubts whether it committed its own transaction and does not know how that ended
 * @param open what it reported without an answer arriving; it is sent again
 */
record Course(
        long checkpoint,
        int step,
        int signals,
        boolean cancelled,
        boolean doubts,
        @Nullable Report open) {
    static final Course NONE = new Course(0, 0, 0, false, false, null);

    /** What earlier attempts left. */
    static Course of(Carried carried) {
        var checkpoint = carried.checkpoint();
        var steps = carried.steps();
        return new Course(
                checkpoint == null ? 0 : checkpoint.number(),
                steps.isEmpty() ? 0 : Integer.parseInt(steps.getFirst().result()),
                carried.signals().size(),
                false,
                false,
                null);
    }

    Course learnsOfCancel() {
        return new Course(checkpoint, step, signals, true, doubts, open);
    }

    Course doubtful() {
        return new Course(checkpoint, step, signals, cancelled, true, open);
    }

    Course sent(Report report) {
        return new Course(checkpoint, step, signals, cancelled, doubts, report);
    }

    /** It knows that what it reported is written. */
    Course wrote(Report report) {
        var written = report.checkpoint();
        var steps = report.steps();
        return new Course(
                written == null ? checkpoint : written.number(),
                steps.isEmpty() ? step : Integer.parseInt(steps.getFirst().result()),
                signals,
                cancelled,
                doubts,
                null);
    }

    /** The same for courses from which the same can happen. */
    String key() {
        var report = open;
        var text = new StringBuilder();
        text.append(checkpoint).append(',').append(step).append(',').append(signals);
        text.append(cancelled ? "x" : "").append(doubts ? "?" : "");
        if (report != null) {
            var written = report.checkpoint();
            text.append(written == null ? "t" : "c" + written.number());
            report.steps().forEach(each -> text.append(each.result()));
        }
        return text.toString();
    }
}
