package dev.millrace.job;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When a failed attempt is tried again, and how often at all. Defaults: 10 attempts; before attempt
 * n+1 a wait drawn evenly from zero to 1 s x 2^(n-1), at most 1 h ("full jitter", as in M. Brooker,
 * "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
 *
 * <p>Immutable.
 *
 * @param maxAttempts attempts in all, the first included; 1 to 1000
 * @param base the bound of the first wait; zero to {@code cap}
 * @param factor by which the bound grows each time; 1 to 100
 * @param cap the largest bound; at most 365 days
 * @param jitter whether the wait is drawn from zero to the bound; otherwise it is the bound itself
 */
public record RetryPolicy(
        int maxAttempts, Duration base, double factor, Duration cap, boolean jitter) {

    private static final RetryPolicy STANDARD =
            new RetryPolicy(10, Duration.ofSeconds(1), 2, Duration.ofHours(1), true);

    /** Checks the bounds named above. */
    public RetryPolicy {
        if (maxAttempts < 1 || maxAttempts > 1000) {
            throw MillraceException.invalid(
                    "attempts must be 1 to 1000, got %d".formatted(maxAttempts));
        }
        if (cap.isNegative() || cap.compareTo(Duration.ofDays(365)) > 0) {
            throw MillraceException.invalid(
                    "the largest backoff must be 0s to 365 days, got %s".formatted(cap));
        }
        if (base.isNegative() || base.compareTo(cap) > 0) {
            throw MillraceException.invalid(
                    "the first backoff must be 0s to the largest (%s), got %s"
                            .formatted(cap, base));
        }
        if (!(factor >= 1 && factor <= 100)) {
            throw MillraceException.invalid(
                    "the backoff's factor must be 1 to 100, got %s".formatted(factor));
        }
    }

    /** The default policy, as described above. */
    public static RetryPolicy standard() {
        return STANDARD;
    }

    /** One attempt, never tried again. */
    public static RetryPolicy never() {
        return STANDARD.attempts(1);
    }

    /** The same policy with another number of attempts, the first included. */
    public RetryPolicy attempts(int attempts) {
        return new RetryPolicy(attempts, base, factor, cap, jitter);
    }

    /** The same policy with other bounds of the wait, still doubling, still jittered. */
    public RetryPolicy backoff(Duration first, Duration largest) {
        return new RetryPolicy(maxAttempts, first, factor, largest, jitter);
    }

    /** The same number of attempts, with the same unjittered wait each time. */
    public RetryPolicy fixed(Duration wait) {
        return new RetryPolicy(maxAttempts, wait, 1, wait, false);
    }

    /**
     * The wait after failed attempt {@code attempt} (1 is the first).
     *
     * @param random where the jitter comes from
     */
    public Duration waitAfter(int attempt, RandomGenerator random) {
        double bound = base.toMillis() * Math.pow(factor, Math.max(0, attempt - 1));
        long millis = (long) Math.min(bound, (double) cap.toMillis());
        return Duration.ofMillis(jitter && millis > 0 ? random.nextLong(millis + 1) : millis);
    }
}
