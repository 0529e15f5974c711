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

    private final Map<LimitKey, Bucket> buckets = new HashMap<>();

    private final Map<LimitKey, Window> windows = new HashMap<>();

    /**
     * A bucket that is not full.
     *
     * @param rate by which it fills
     * @param fullAt when it will be full
     */
    private record Bucket(KeyRate rate, long fullAt) {}

    /** What was admitted in the time of a window. */
    private static final class Window {
        private final ArrayDeque<Admitted> some = new ArrayDeque<>();
        private long per;
        private int total;

        private record Admitted(long nanos, int count) {}

        void add(long nanos, int count, long newPer) {
            per = newPer;
            some.add(new Admitted(nanos, count));
            total += count;
        }

        void forgetUntil(long nanos) {
            while (!some.isEmpty() && some.getFirst().nanos() - nanos <= 0) {
                total -= some.removeFirst().count();
            }
        }

        /** When so many of them were admitted, counted from the first. */
        long when(int count) {
            int left = count;
            long at = some.getFirst().nanos();
            for (var each : some) {
                at = each.nanos();
                left -= each.count();
                if (left <= 0) {
                    break;
                }
            }
            return at;
        }
    }

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
                var window = within(key, rate);
                yield window == null ? rate.count() : Math.max(0, rate.count() - window.total);
            }
        };
    }

    /** So many were admitted. */
    void spend(LimitKey key, KeyRate rate, int count) {
        switch (rate.kind()) {
            case BUCKET ->
                    buckets.put(key, new Bucket(rate, fullAt(key, rate) + count * interval(rate)));
            case WINDOW ->
                    windows.computeIfAbsent(key, k -> new Window()).add(nowNanos, count, per(rate));
        }
        if (++spent % TIDY_EVERY == 0) {
            tidy();
        }
    }

    private void tidy() {
        buckets.values().removeIf(bucket -> bucket.fullAt() - nowNanos <= 0);
        windows.values()
                .removeIf(window -> {
                    window.forgetUntil(nowNanos - window.per);
                    return window.some.isEmpty();
                });
    }

    /** Of how many keys something is held. */
    int kept() {
        return buckets.size() + windows.size();
    }

    /** When there is room for so many, of a key that has not got it now. */
    long roomAt(LimitKey key, KeyRate rate, int count) {
        return switch (rate.kind()) {
            case BUCKET -> fullAt(key, rate) + count * interval(rate) - per(rate);
            case WINDOW -> {
                var window = within(key, rate);
                int over = window == null ? 0 : window.total + count - rate.count();
                long first = window == null || over <= 0 ? sinceNanos : window.when(over);
                yield Math.max(first, sinceNanos) + per(rate);
            }
        };
    }

    private long fullAt(LimitKey key, KeyRate rate) {
        var bucket = buckets.get(key);
        if (bucket != null && !bucket.rate().equals(rate)) {
            bucket = new Bucket(rate, nowNanos + missing(bucket, rate) * interval(rate));
            buckets.put(key, bucket);
        }
        long known = bucket == null ? sinceNanos + per(rate) : bucket.fullAt();
        return known - nowNanos < 0 ? nowNanos : known;
    }

    /** How many are missing in a bucket of another rate than its own; all that are, at most. */
    private long missing(Bucket bucket, KeyRate other) {
        long left = Math.max(0, bucket.fullAt() - nowNanos);
        return Math.min(Math.ceilDiv(left, interval(bucket.rate())), other.count());
    }

    private @Nullable Window within(LimitKey key, KeyRate rate) {
        var window = windows.get(key);
        if (window != null) {
            window.forgetUntil(nowNanos - per(rate));
        }
        return window;
    }

    private static long per(KeyRate rate) {
        return rate.per().toNanos();
    }

    private static long interval(KeyRate rate) {
        return Math.max(1, per(rate) / rate.count());
    }
}
