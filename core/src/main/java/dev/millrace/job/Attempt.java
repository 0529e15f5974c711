package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * One ended attempt, as history keeps it.
 *
 * @param number the attempt's number; rescued, snoozed and interrupted runs repeat it
 * @param worker the worker's id in the store
 * @param startedAt when the handler was called
 * @param endedAt when it ended
 * @param end how it ended
 * @param error why it did not complete, if it did not
 * @param result the result as JSON text, if there is one
 */
public record Attempt(
        int number,
        long worker,
        Instant startedAt,
        Instant endedAt,
        End end,
        @Nullable ErrorInfo error,
        @Nullable String result) {

    /** How an attempt ended; the codes are stored and never change. */
    public enum End {
        /** The handler returned; the job is completed. */
        COMPLETED(1),
        /** The handler said that the work is no longer wanted; the job is completed. */
        SKIPPED(2),
        /** The handler failed; the job waits for its next attempt. */
        FAILED(3),
        /** The handler failed for the last time or gave up; the job is discarded. */
        DISCARDED(4),
        /** The handler asked to run again later; the attempt is not spent. */
        SNOOZED(5),
        /** The worker died; the attempt is not spent. */
        RESCUED(6),
        /** The worker shut down; the attempt is not spent. */
        INTERRUPTED(7),
        /** A person or program cancelled the job. */
        CANCELLED(8),
        /** The job's time to live passed before it started. */
        EXPIRED(9),
        /** The handler sleeps until a moment; the attempt is not spent. */
        SLEPT(10),
        /** The handler waits for a signal; the attempt is not spent. */
        WAITED(11),
        /** The handler's slice was over; it goes on in turn, the attempt is not spent. */
        YIELDED(12);

        private final int code;

        End(int code) {
            this.code = code;
        }

        /** The number that stores keep. */
        public int code() {
            return code;
        }

        /** Whether the job's life ends with it, other than as discarded. */
        public boolean isFinal() {
            return this == COMPLETED || this == SKIPPED || this == CANCELLED || this == EXPIRED;
        }

        /** The end that a stored number stands for. */
        public static End of(int code) {
            for (End end : values()) {
                if (end.code == code) {
                    return end;
                }
            }
            throw new IllegalArgumentException("attempt end must be 1 to 12, got " + code);
        }
    }
}
