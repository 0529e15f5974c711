package dev.millrace;

import dev.millrace.job.MillraceException;
import dev.millrace.store.KeyRate;
import dev.millrace.store.QueueLimits;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

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
        try {
            limits = limits.withKey(name, most);
        } catch (MillraceException e) {
            faults.add(e.getMessage());
        }
        return this;
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
        return rate(name, KeyRate.Kind.BUCKET, count, per);
    }

    /**
     * The same by a sliding window: within any such time, wherever it begins, at most the count.
     */
    public QueueSettings windowPerKey(String name, int count, Duration per) {
        return rate(name, KeyRate.Kind.WINDOW, count, per);
    }

    private QueueSettings rate(String name, KeyRate.Kind kind, int count, Duration per) {
        try {
            limits = limits.withRate(name, new KeyRate(kind, count, per));
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
