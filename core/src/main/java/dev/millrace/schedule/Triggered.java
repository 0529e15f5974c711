package dev.millrace.schedule;

import org.jspecify.annotations.Nullable;

/**
 * What came of a request to run a schedule's job now.
 *
 * @param outcome what was done
 * @param jobId the job that was enqueued, or the one that stands in the way
 */
public record Triggered(Outcome outcome, @Nullable Long jobId) {
    /** What was done. */
    public enum Outcome {
        /** A job was enqueued. */
        ENQUEUED,
        /** One is enqueued when the job of the run before has ended. */
        QUEUED,
        /** Nothing: the job of the run before has not ended, and they may not overlap. */
        STILL_RUNNING
    }
}
