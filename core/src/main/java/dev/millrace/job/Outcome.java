package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/**
 * What a handler may answer besides a plain result. A handler that returns any other object
 * completes its job with that object as the result; {@code null} completes it without one.
 */
public sealed interface Outcome {
    /**
     * The work is done.
     *
     * @param result stored as JSON, at most 1 MiB by default; {@code null} for none
     */
    record Completed(@Nullable Object result) implements Outcome {}

    /**
     * The work is done, and other jobs are to follow: they are accepted in the transaction that
     * records it, once, or not at all. In a batch they become members of it.
     *
     * @param result as of {@link Completed}
     * @param next without keys and at most 1,000
     */
    record Then(@Nullable Object result, List<? extends JobRequest<?>> next) implements Outcome {
        /** Copies the requests. */
        public Then {
            next = List.copyOf(next);
        }
    }

    /**
     * The work is no longer wanted: the job is completed, its history says skipped and why.
     *
     * @param reason for people; at most 1000 characters are kept
     */
    record Skipped(String reason) implements Outcome {}

    /**
     * Not now: the job runs again later; the attempt is not spent.
     *
     * @param delay zero to 365 days
     * @param reason for people; at most 1000 characters are kept
     */
    record Snoozed(Duration delay, String reason) implements Outcome {
        /** Checks the wait. */
        public Snoozed {
            Waits.check("snooze", delay);
        }
    }

    /**
     * Never: the job is discarded, kept, and can be retried by hand.
     *
     * @param reason for people; at most 1000 characters are kept
     */
    record Discarded(String reason) implements Outcome {}
}
