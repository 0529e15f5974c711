package dev.millrace.job;

import java.time.Duration;

/** What happens to a job whose handler threw: decided per exception by its {@link Task}. */
public sealed interface Verdict {
    /** Try again by the job's retry policy; the attempt is spent. The default. */
    record Retry() implements Verdict {}

    /**
     * Try again after exactly this wait; the attempt is spent.
     *
     * @param delay zero to 365 days
     */
    record RetryAfter(Duration delay) implements Verdict {
        /** Checks the wait. */
        public RetryAfter {
            Waits.check("retryAfter", delay);
        }
    }

    /**
     * Run again after this wait without spending the attempt.
     *
     * @param delay zero to 365 days
     */
    record Snooze(Duration delay) implements Verdict {
        /** Checks the wait. */
        public Snooze {
            Waits.check("snooze", delay);
        }
    }

    /** Give the job up now: it is discarded, kept, and can be retried by hand. */
    record Discard() implements Verdict {}

    /** The work is not needed: the job is completed as skipped, with the exception's message. */
    record Skip() implements Verdict {}

    /** Try again by the job's retry policy. */
    static Verdict retry() {
        return new Retry();
    }

    /** Try again after exactly this wait. */
    static Verdict retryAfter(Duration delay) {
        return new RetryAfter(delay);
    }

    /** Run again after this wait, not counted as an attempt. */
    static Verdict snooze(Duration delay) {
        return new Snooze(delay);
    }

    /** Give the job up now. */
    static Verdict discard() {
        return new Discard();
    }

    /** The work is not needed. */
    static Verdict skip() {
        return new Skip();
    }
}
