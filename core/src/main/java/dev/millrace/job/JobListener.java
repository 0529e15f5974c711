package dev.millrace.job;

/**
 * Hears of every attempt that ended in this process, after it was recorded: for metrics, logs and
 * audit. Called by the threads that record, several at once, so that two attempts of a job may be
 * told in either order; it must be quick and may not block. What it throws is logged and changes
 * nothing. Endings that were refused because the claim was lost are not told. To follow single jobs
 * across processes, ask their handle.
 */
@FunctionalInterface
public interface JobListener {
    /** An attempt ended. */
    void ended(JobEvent event);
}
