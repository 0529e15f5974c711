package dev.millrace.flow;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.store.KeyRate;
import dev.millrace.store.QueueLimits;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * How a step runs.
 *
 * @param queue where its items wait; a queue of its own, named after pipeline and step, by default
 * @param concurrency how many of it run at once in each process; 64 by default
 * @param retry what happens to items whose step failed; the policy of any task by default
 * @param timeout how long one attempt may take; {@code null}, the default, for no bound
 * @param priority 0 (lowest) to 9; 4 by default
 * @param backlog the step before pauses while so many or more wait here; 0, the default, for never
 * @param keys what its jobs are counted by, by name; of none by default
 * @param limits of its queue, by those keys, in all processes together; none by default
 */
public record StepSettings(
        String queue,
        int concurrency,
        RetryPolicy retry,
        @Nullable Duration timeout,
        int priority,
        int backlog,
        Map<String, Key<?>> keys,
        QueueLimits limits) {
    /** The largest backlog that can be told apart from a larger one. */
    public static final int MOST_BACKLOG = 9_999;

    /** Checks names and bounds. */
    public StepSettings {
        keys = Map.copyOf(keys);
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

    /**
     * A key that is read off what a step is given.
     *
     * @param type what the step is given
     * @param value its key; {@code null} for none
     */
    public record Key<T>(Class<T> type, Function<? super T, @Nullable String> value) {
        @Nullable String of(Object input) {
            return value.apply(type.cast(input));
        }
    }

    static StepSettings of(String pipeline, String step) {
        return new StepSettings(
                pipeline + "." + step,
                64,
                RetryPolicy.standard(),
                null,
                Task.DEFAULT_PRIORITY,
                0,
                Map.of(),
                QueueLimits.NONE);
    }

    /** Its items wait in this queue. */
    public StepSettings queue(String newQueue) {
        return new StepSettings(
                newQueue, concurrency, retry, timeout, priority, backlog, keys, limits);
    }

    /** So many run at once in each process. */
    public StepSettings concurrency(int newConcurrency) {
        return new StepSettings(
                queue, newConcurrency, retry, timeout, priority, backlog, keys, limits);
    }

    /** Failures are tried again by this policy. */
    public StepSettings retry(RetryPolicy newRetry) {
        return new StepSettings(
                queue, concurrency, newRetry, timeout, priority, backlog, keys, limits);
    }

    /** One attempt may take so long. */
    public StepSettings timeout(Duration newTimeout) {
        return new StepSettings(
                queue, concurrency, retry, newTimeout, priority, backlog, keys, limits);
    }

    /** Its items have this priority in their queue. */
    public StepSettings priority(int newPriority) {
        return new StepSettings(
                queue, concurrency, retry, timeout, newPriority, backlog, keys, limits);
    }

    /** The step before pauses while so many or more wait here. */
    public StepSettings backlog(int newBacklog) {
        return new StepSettings(
                queue, concurrency, retry, timeout, priority, newBacklog, keys, limits);
    }

    /**
     * Its jobs have a key, by which they are limited and looked for.
     *
     * @param name such as {@code host}
     * @param type what the step is given
     * @param value its key, as other names; {@code null} for none
     */
    public <T> StepSettings key(
            String name, Class<T> type, Function<? super T, @Nullable String> value) {
        var more = new TreeMap<>(keys);
        more.put(Names.check("the name of a key", name), new Key<>(type, value));
        return with(more, limits);
    }

    /** Of its jobs with the same value of a key, so many run at once in all processes together. */
    public StepSettings limitPerKey(String name, int most) {
        return with(keys, limits.withKey(name, most));
    }

    /** Of its jobs with the same value of a key, so many begin in a time in all processes. */
    public StepSettings ratePerKey(String name, int count, Duration per) {
        return with(keys, limits.withRate(name, new KeyRate(KeyRate.Kind.BUCKET, count, per)));
    }

    private StepSettings with(Map<String, Key<?>> newKeys, QueueLimits newLimits) {
        return new StepSettings(
                queue, concurrency, retry, timeout, priority, backlog, newKeys, newLimits);
    }
}
