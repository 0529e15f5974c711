package dev.millrace;

import dev.millrace.job.MillraceException;
import dev.millrace.store.KeyRate;
import dev.millrace.store.QueueLimits;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * What code says of a queue, see {@link MillraceBuilder#queue(String,
 * java.util.function.Consumer)}. Defaults: 64 slots in this process, no limits. Not thread-safe.
 */
public final class QueueSettings {
    private final List<String> faults;
    private @Nullable Integer slots;
    private QueueLimits limits = QueueLimits.NONE;

    QueueSettings(List<String> faults) {
        this.faults = faults;
    }

    /** Jobs of it that may run at once in this process, 1 to 1,000,000. */
    public QueueSettings slots(int most) {
        slots = most;
        return this;
    }

    /**
     * Of the jobs with the same value of a key, such as {@code .key("tenant", "acme")}, at most so
     * many run at once in all processes together. Those over it wait apart and hold nobody up.
     *
     * @param name of the key; jobs without it are not limited
     * @param most 1 to 1,000,000
     */
    public QueueSettings limitPerKey(String name, int most) {
        return change(() -> limits.withKey(name, most));
    }

    /**
     * Of the jobs with the same value of a key, so many are let through within a time in all
     * processes together: a bucket that fills evenly, so that a burst of the whole count may follow
     * a rest.
     *
     * @param name of the key; jobs without it are not limited
     * @param count 1 to 10,000
     * @param per 1 ms to 1 day
     */
    public QueueSettings ratePerKey(String name, int count, Duration per) {
        return change(() -> limits.withRate(name, bucket(count, per)));
    }

    /**
     * The same by a sliding window: within any such time, wherever it begins, at most the count.
     */
    public QueueSettings windowPerKey(String name, int count, Duration per) {
        return change(() -> limits.withRate(name, window(count, per)));
    }

    /**
     * Of all jobs of the queue, so many are let through within a time in all processes together, by
     * a bucket as of {@link #ratePerKey}.
     */
    public QueueSettings rate(int count, Duration per) {
        return change(() -> limits.withRate(bucket(count, per)));
    }

    /** The same by a sliding window. */
    public QueueSettings rateWindow(int count, Duration per) {
        return change(() -> limits.withRate(window(count, per)));
    }

    /**
     * Of the jobs of all queues that name it, so many run at once in all processes together. When
     * they say different numbers, the least holds.
     *
     * @param name of what they share, such as an upstream
     * @param most 1 to 1,000,000
     */
    public QueueSettings sharedLimit(String name, int most) {
        return change(() -> limits.withShared(name, most));
    }

    /**
     * Of the jobs of all queues that name it, so many are let through within a time, by a bucket as
     * of {@link #ratePerKey}. When they say different rates, the slowest holds.
     *
     * @param name of what they share, such as an upstream
     */
    public QueueSettings sharedRate(String name, int count, Duration per) {
        return change(() -> limits.withSharedRate(name, bucket(count, per)));
    }

    /** The same by a sliding window. */
    public QueueSettings sharedWindow(String name, int count, Duration per) {
        return change(() -> limits.withSharedRate(name, window(count, per)));
    }

    private static KeyRate bucket(int count, Duration per) {
        return new KeyRate(KeyRate.Kind.BUCKET, count, per);
    }

    private static KeyRate window(int count, Duration per) {
        return new KeyRate(KeyRate.Kind.WINDOW, count, per);
    }

    private QueueSettings change(Supplier<QueueLimits> changed) {
        try {
            limits = changed.get();
        } catch (MillraceException e) {
            faults.add(e.getMessage());
        }
        return this;
    }

    @Nullable Integer slots() {
        return slots;
    }

    QueueLimits limits() {
        return limits;
    }
}
