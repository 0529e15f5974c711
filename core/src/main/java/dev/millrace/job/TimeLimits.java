package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * How long the attempts of a task's jobs may take, and what counts as stuck.
 *
 * @param timeout the longest one attempt may take before it is interrupted and fails; {@code null}
 *     for no bound, the default. Time asleep or waiting for a signal does not count
 * @param noProgressFor an attempt that says nothing (progress, checkpoint, step or log line) for so
 *     long is interrupted and fails; {@code null} for no bound, the default: then it is only
 *     reported after an hour
 * @param slice after so long a job yields its slot at its next checkpoint or step and goes on in
 *     turn; {@code null} for never, the default
 * @param abandonAfter so long an interrupted handler may take to end; then its attempt is recorded
 *     without it, and its thread keeps its slot until it ends. Default 30 s
 */
public record TimeLimits(
        @Nullable Duration timeout,
        @Nullable Duration noProgressFor,
        @Nullable Duration slice,
        Duration abandonAfter) {
    private static final Duration LEAST = Duration.ofMillis(1);

    /** No bounds but the default of {@code abandonAfter}. */
    public static final TimeLimits NONE = new TimeLimits(null, null, null, Duration.ofSeconds(30));

    /** Checks the bounds: each 1 ms to 365 days. */
    public TimeLimits {
        check("timeout", timeout);
        check("noProgressFor", noProgressFor);
        check("slice", slice);
        check("abandonAfter", abandonAfter);
    }

    private static void check(String what, @Nullable Duration limit) {
        if (limit != null && (limit.compareTo(LEAST) < 0 || limit.compareTo(Waits.MAX) > 0)) {
            throw MillraceException.invalid(
                    "%s must be 1 ms to 365 days, got %s".formatted(what, limit));
        }
    }

    /** The same limits with another timeout. */
    public TimeLimits withTimeout(@Nullable Duration limit) {
        return new TimeLimits(limit, noProgressFor, slice, abandonAfter);
    }

    TimeLimits withNoProgressFor(Duration limit) {
        return new TimeLimits(timeout, limit, slice, abandonAfter);
    }

    TimeLimits withSlice(Duration limit) {
        return new TimeLimits(timeout, noProgressFor, limit, abandonAfter);
    }

    TimeLimits withAbandonAfter(Duration limit) {
        return new TimeLimits(timeout, noProgressFor, slice, limit);
    }
}
