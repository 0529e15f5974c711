package dev.millrace.sqlite;

import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/** Waits for other processes to let go of the file, by short tries of its own. */
final class BusyWait {
    private static final long FIRST_NANOS = 100_000;
    private static final long LARGEST_NANOS = 2_000_000;

    private final long boundNanos;

    /**
     * @param boundNanos how long one wait may take in all
     */
    BusyWait(long boundNanos) {
        this.boundNanos = boundNanos;
    }

    /** What may find the file busy, and then has done nothing. */
    @FunctionalInterface
    interface Step {
        /** Tries it once. */
        void take() throws SQLException;
    }

    /**
     * Begins a write transaction.
     *
     * @throws SQLException busy when the bound was reached
     */
    void begin(Session session) throws SQLException {
        take(() -> session.end("BEGIN IMMEDIATE"));
    }

    /**
     * Takes a step as soon as the file lets it.
     *
     * @throws SQLException busy when the bound was reached
     */
    void take(Step step) throws SQLException {
        long since = System.nanoTime();
        long wait = FIRST_NANOS;
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    step.take();
                    return;
                } catch (SQLException e) {
                    if (!SqliteErrors.isBusy(e) || System.nanoTime() - since > boundNanos) {
                        throw e;
                    }
                }
                LockSupport.parkNanos(wait);
                interrupted |= Thread.interrupted();
                wait = Math.min(wait * 2, LARGEST_NANOS);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
