package dev.millrace.flow;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * How a step runs.
 *
 * @param queue where its items wait; a queue of its own, named after pipeline and step, by default
 * @param concurrency how many of it run at once in each process; 64 by default
 * @param retry what happens to items whose step failed; the policy of any task by default
 * @param timeout how long one attempt may take; {@code null}, the default, for no bound
 * @param priority 0 (lowest) to 9; 4 by default
 * @param backlog the step before pauses while so many or more wait here; 0, the default, for never
 */
public record StepSettings(
        String queue,
        int concurrency,
        RetryPolicy retry,
        @Nullable Duration timeout,
        int priority,
        int backlog) {
    /** The largest backlog that can be told apart from a larger one. */
    public static final int MOST_BACKLOG = 9_999;

    /** Checks names and bounds. */
    public StepSettings {
        Names.check("queue", queue);
        if (concurrency < 1 || concurrency > 1_000_000) {
            throw MillraceException.invalid(
                    "concurrency must be 1 to 1000000, got %d (queue '%s'); nothing was started"
                            .formatted(concurrency, queue));
        }
        if (backlog < 0 || backlog > MOST_BACKLOG) {
            throw MillraceException.invalid(
                    "backlog must be 0 (no bound) to %d, got %d (queue '%s'); nothing was started"
                            .formatted(MOST_BACKLOG, backlog, queue));
        }
    }

    static StepSettings of(String pipeline, String step) {
        return new StepSettings(
                pipeline + "." + step, 64, RetryPolicy.standard(), null, Task.DEFAULT_PRIORITY, 0);
    }

    /** Its items wait in this queue. */
    public StepSettings queue(String newQueue) {
        return new StepSettings(newQueue, concurrency, retry, timeout, priority, backlog);
    }

    /** So many run at once in each process. */
    public StepSettings concurrency(int newConcurrency) {
        return new StepSettings(queue, newConcurrency, retry, timeout, priority, backlog);
    }

    /** Failures are tried again by this policy. */
    public StepSettings retry(RetryPolicy newRetry) {
        return new StepSettings(queue, concurrency, newRetry, timeout, priority, backlog);
    }

    /** One attempt may take so long. */
    public StepSettings timeout(Duration newTimeout) {
        return new StepSettings(queue, concurrency, retry, newTimeout, priority, backlog);
    }

    /** Its items have this priority in their queue. */
    public StepSettings priority(int newPriority) {
        return new StepSettings(queue, concurrency, retry, timeout, newPriority, backlog);
    }

    /** The step before pauses while so many or more wait here. */
    public StepSettings backlog(int newBacklog) {
        return new StepSettings(queue, concurrency, retry, timeout, priority, newBacklog);
    }
}
