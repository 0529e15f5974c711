package dev.millrace.flow;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/**
 * What a step of a pipeline says of an item.
 *
 * @param <R> what the step makes of it
 */
public sealed interface StepAnswer<R> {
    /**
     * The item goes on.
     *
     * @param value what the next step gets; stored as this step's result
     */
    record Next<R>(R value) implements StepAnswer<R> {}

    /**
     * The item goes on as many, each by itself; none of them ends it here.
     *
     * @param values what the next step gets, each in a job of its own; at most 1,000
     */
    record Many<R>(List<R> values) implements StepAnswer<R> {
        /** Copies the values. */
        public Many {
            values = List.copyOf(values);
        }
    }

    /**
     * The item is no longer wanted: it ends here, well.
     *
     * @param reason for people
     */
    record Skip<R>(String reason) implements StepAnswer<R> {}

    /**
     * The item can never go on: it is set aside here, and can be retried by hand.
     *
     * @param reason for people
     */
    record Reject<R>(String reason) implements StepAnswer<R> {}

    /**
     * Not now: this step runs again later; the attempt is not spent.
     *
     * @param delay zero to 365 days
     * @param reason for people
     * @param key what is left alone meanwhile; {@code null} for nothing
     */
    record RetryAfter<R>(Duration delay, String reason, @Nullable String key)
            implements StepAnswer<R> {}

    /** The item goes on with this value. */
    static <R> StepAnswer<R> next(R value) {
        return new Next<>(value);
    }

    /** The item goes on as many. */
    static <R> StepAnswer<R> many(List<R> values) {
        return new Many<>(values);
    }

    /** The item is no longer wanted. */
    static <R> StepAnswer<R> skip(String reason) {
        return new Skip<>(reason);
    }

    /** The item can never go on. */
    static <R> StepAnswer<R> reject(String reason) {
        return new Reject<>(reason);
    }

    /** Not now; the attempt is not spent. */
    static <R> StepAnswer<R> retryAfter(Duration delay, String reason) {
        return new RetryAfter<>(delay, reason, null);
    }

    /**
     * The same, and until then no other job of the step is let through that shares this.
     *
     * @param key the name of something that the step's queue shares, see {@code sharedRate}
     */
    static <R> StepAnswer<R> retryAfter(Duration delay, String reason, String key) {
        return new RetryAfter<>(delay, reason, key);
    }
}
