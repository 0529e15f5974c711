package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * A failure that says itself when another try makes sense, such as an answer with {@code
 * Retry-After}. Inside {@link Retries}, a step or a walk the next try waits so long; out of a
 * handler it has the job retried after it, unless the task's verdicts say otherwise. The try or
 * attempt is spent.
 */
public final class RetryLater extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Duration delay;

    /**
     * A failure that may pass after a while.
     *
     * @param delay zero to 365 days
     * @param message what failed
     * @param cause what led to it, if anything
     */
    public RetryLater(Duration delay, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.delay = Waits.check("retryAfter", delay);
    }

    /** How long to wait. */
    public Duration delay() {
        return delay;
    }
}
