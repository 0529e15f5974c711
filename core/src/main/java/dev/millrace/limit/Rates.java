package dev.millrace.limit;

import dev.millrace.store.KeyRate;
import dev.millrace.store.LimitKey;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * How many more with a key may be admitted now by its rate. What was admitted before this epoch is
 * not known, so that every bucket begins empty and every window full. Holds what was admitted
 * within each rate's time, no more. Not thread-safe.
 */
final class Rates {
    private static final int TIDY_EVERY = 10_000;

    private final long sinceNanos;
    private long nowNanos;
    private int spent;

    /** When each bucket that is not full will be. */
    private final Map<LimitKey, Long> fullAt = new HashMap<>();

    private final Map<LimitKey, ArrayDeque<Long>> admissions = new HashMap<>();

    /**
     * @param nowNanos when the epoch began, by the process's monotonic clock
     */
    Rates(long nowNanos) {
        this.sinceNanos = nowNanos;
        this.nowNanos = nowNanos;
    }

    /** It is as late as this now. */
    void at(long nanos) {
        nowNanos = nanos;
    }

    /** How many may be admitted now. */
    int room(LimitKey key, KeyRate rate) {
        return switch (rate.kind()) {
            case BUCKET -> {
                long left = per(rate) - (fullAt(key, rate) - nowNanos);
                yield Math.clamp(left / interval(rate), 0, rate.count());
            }
            case WINDOW -> {
                if (nowNanos - sinceNanos < per(rate)) {
                    yield 0;
                }
                var times = within(key, rate);
                yield times == null ? rate.count() : Math.max(0, rate.count() - times.size());
            }
        };
    }

    /** One was admitted. */
    void spend(LimitKey key, KeyRate rate) {
        switch (rate.kind()) {
            case BUCKET -> fullAt.put(key, fullAt(key, rate) + interval(rate));
            case WINDOW -> admissions.computeIfAbsent(key, k -> new ArrayDeque<>()).add(nowNanos);
        }
        if (++spent % TIDY_EVERY == 0) {
            fullAt.values().removeIf(full -> full - nowNanos <= 0);
            admissions.values().removeIf(ArrayDeque::isEmpty);
        }
    }

    /** When there is room again for a key that has none. */
    long roomAt(LimitKey key, KeyRate rate) {
        return switch (rate.kind()) {
            case BUCKET -> fullAt(key, rate) + interval(rate) - per(rate);
            case WINDOW -> {
                var times = admissions.get(key);
                long first = times == null || times.isEmpty() ? sinceNanos : times.getFirst();
                yield Math.max(first, sinceNanos) + per(rate);
            }
        };
    }

    private long fullAt(LimitKey key, KeyRate rate) {
        long known = fullAt.getOrDefault(key, sinceNanos + per(rate));
        return known - nowNanos < 0 ? nowNanos : known;
    }

    private @Nullable ArrayDeque<Long> within(LimitKey key, KeyRate rate) {
        var times = admissions.get(key);
        while (times != null && !times.isEmpty() && nowNanos - times.getFirst() >= per(rate)) {
            times.removeFirst();
        }
        return times;
    }

    private static long per(KeyRate rate) {
        return rate.per().toNanos();
    }

    private static long interval(KeyRate rate) {
        return Math.max(1, per(rate) / rate.count());
    }
}
