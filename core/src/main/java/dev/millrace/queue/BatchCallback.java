package dev.millrace.queue;

import dev.millrace.job.JobRequest;

/**
 * A job that waits for a batch. It is accepted with the batch, stands among the scheduled jobs, and
 * is made available once, in the transaction that decides it.
 *
 * @param when what it waits for
 * @param request the job; a start of its own and keys are not allowed
 */
public record BatchCallback(When when, JobRequest<?> request) {
    /** What a job may wait for. */
    public enum When {
        /** No member is left that has not ended, however they ended. */
        DONE,
        /** All members have completed. After failures: once retries by hand have completed. */
        COMPLETED,
        /** The first member was discarded or cancelled, or has expired. */
        FAILED
    }

    /** Runs when all members have ended, however they ended. */
    public static BatchCallback onDone(JobRequest<?> request) {
        return new BatchCallback(When.DONE, request);
    }

    /** Runs when all members have completed. */
    public static BatchCallback onCompleted(JobRequest<?> request) {
        return new BatchCallback(When.COMPLETED, request);
    }

    /** Runs when the first member was discarded or cancelled, or has expired. */
    public static BatchCallback onFailed(JobRequest<?> request) {
        return new BatchCallback(When.FAILED, request);
    }
}
