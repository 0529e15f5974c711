package dev.millrace.store;

import java.util.Locale;

/** Where a batch stands; the codes are stored and never change. */
public enum BatchState {
    /** Whoever made it still adds members. */
    FILLING(0),
    /** Members have not ended; only they add more. */
    WAITING(1),
    /** All members have completed. */
    COMPLETED(2),
    /** All members have ended, not all of them by completing. */
    FAILED(3),
    /** Somebody cancelled what was left of it. */
    CANCELLED(4);

    private final int code;

    BatchState(int code) {
        this.code = code;
    }

    /** The number that stores keep. */
    public int code() {
        return code;
    }

    /** Whether every member has ended. */
    public boolean isEnded() {
        return this == COMPLETED || this == FAILED || this == CANCELLED;
    }

    /** The state as people write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The state that a stored number stands for. */
    public static BatchState of(int code) {
        for (BatchState state : values()) {
            if (state.code == code) {
                return state;
            }
        }
        throw new IllegalArgumentException("batch state must be 0 to 4, got " + code);
    }

    /** The state in which a batch with these counts ends. */
    public static BatchState ended(boolean cancelling, long failed, long cancelled) {
        return cancelling ? CANCELLED : failed + cancelled > 0 ? FAILED : COMPLETED;
    }
}
