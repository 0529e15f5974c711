package dev.millrace.store;

import dev.millrace.job.Attempt;

import java.util.Locale;

/**
 * A member of a batch.
 *
 * @param id the job's, or the batch's
 * @param nested whether it is a batch
 * @param state how its batch counts it
 */
public record BatchMember(long id, boolean nested, State state) {
    /** How a batch counts a member; the codes are stored and never change. */
    public enum State {
        /** It has not ended. */
        OPEN(0),
        /** It has completed. */
        COMPLETED(1),
        /** It was discarded; it counts as completed once a retry by hand has completed. */
        FAILED(2),
        /** It was cancelled, has expired, or was deleted before it was counted. */
        CANCELLED(3);

        private final int code;

        State(int code) {
            this.code = code;
        }

        /** The number that stores keep. */
        public int code() {
            return code;
        }

        /** The state as people write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The state that a stored number stands for. */
        public static State of(int code) {
            return values()[code];
        }

        /** How a member counts whose last attempt ended so. */
        public static State after(Attempt.End end) {
            return switch (end) {
                case COMPLETED, SKIPPED -> COMPLETED;
                case DISCARDED -> FAILED;
                case CANCELLED, EXPIRED -> CANCELLED;
                case FAILED, SNOOZED, RESCUED, INTERRUPTED, SLEPT, WAITED, YIELDED -> OPEN;
            };
        }

        /** How a batch counts that is a member of another. */
        public static State after(BatchState ended) {
            return switch (ended) {
                case FILLING, WAITING -> OPEN;
                case COMPLETED -> COMPLETED;
                case FAILED -> FAILED;
                case CANCELLED -> CANCELLED;
            };
        }
    }
}
