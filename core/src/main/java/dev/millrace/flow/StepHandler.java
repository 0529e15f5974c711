package dev.millrace.flow;

import dev.millrace.job.JobContext;

/**
 * What a step does with an item. An exception is handled as of any job: by the step's retry policy.
 *
 * @param <T> what it gets
 * @param <R> what it makes of it
 */
@FunctionalInterface
public interface StepHandler<T, R> {
    /** Does it; safe for many items at once. */
    StepAnswer<R> handle(T input, JobContext job) throws Exception;
}
