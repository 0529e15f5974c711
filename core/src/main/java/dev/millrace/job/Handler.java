package dev.millrace.job;

import org.jspecify.annotations.Nullable;

/**
 * The code that does a task's work. Called on a virtual thread of its own, by many threads at once,
 * possibly more than once for the same job (delivery is at least once).
 *
 * @param <P> the payload's type
 */
@FunctionalInterface
public interface Handler<P> {
    /**
     * Does the work of one job.
     *
     * @param payload what was enqueued
     * @param job which job this is, and ways to end it otherwise than by completing
     * @return the result, an {@link Outcome}, or {@code null}
     * @throws Exception any; the task's verdicts decide what follows, a retry by default
     */
    @Nullable Object handle(P payload, JobContext job) throws Exception;
}
