package dev.millrace.server.command;

import dev.millrace.job.MillraceException;

/** What a command's exit code says. */
public final class Exit {
    /** Done. */
    public static final int DONE = 0;

    /** The work itself failed. */
    public static final int FAILED = 1;

    /** Bad usage: nothing was tried. */
    public static final int USAGE = 2;

    /** The store is out of reach. */
    public static final int UNREACHED = 3;

    private Exit() {}

    /** The code for a refusal. */
    public static int of(MillraceException.Code code) {
        return switch (code) {
            case INVALID_INPUT, INVALID_CONFIGURATION, NOT_SUPPORTED, IDEMPOTENCY_CONFLICT -> USAGE;
            case STORE_UNAVAILABLE, STORE_REFUSED, SCHEMA_MISMATCH -> UNREACHED;
            case WORKER_LOST,
                    TOO_MANY_WORKERS,
                    LEASE_LOST,
                    STEPS_CHANGED,
                    STEP_NOT_KEPT,
                    CLOSED,
                    KEY_BUSY ->
                    FAILED;
        };
    }
}
