package dev.millrace.store;

import dev.millrace.job.MillraceException;

import java.time.Duration;

/**
 * How often jobs with the same value of a key may be admitted.
 *
 * @param kind how it is counted
 * @param count 1 to {@value #MOST}
 * @param per 1 ms to 1 day
 */
public record KeyRate(Kind kind, int count, Duration per) {
    /** The largest count. */
    public static final int MOST = 10_000;

    /** How a rate is counted. */
    public enum Kind {
        /**
         * A bucket of {@code count} that fills evenly within {@code per}: smooth, and a burst of a
         * whole bucket after a rest. Within any {@code per} at most twice the count.
         */
        BUCKET("bucket"),
        /** Within any {@code per}, wherever it begins, at most the count. */
        WINDOW("window");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** As it is stored and shown. */
        public String text() {
            return text;
        }
    }

    /** Checks the bounds. */
    public KeyRate {
        if (count < 1 || count > MOST) {
            throw MillraceException.invalid(
                    "a rate must be 1 to %d in a time, got %d; nothing was changed"
                            .formatted(MOST, count));
        }
        if (per.toMillis() < 1 || per.compareTo(Duration.ofDays(1)) > 0) {
            throw MillraceException.invalid(
                    "the time of a rate must be 1ms to 1 day, got %s; nothing was changed"
                            .formatted(per));
        }
    }

    @Override
    public String toString() {
        return "%d per %s (%s)".formatted(count, per, kind.text());
    }
}
