package dev.millrace.sqlite;

import dev.millrace.sqlite.Transaction.Counter;

import java.sql.SQLException;

/** The rows by which a job enters a position. */
final class Entries {
    private static final String AVAILABLE =
            """
            INSERT INTO available (lane, rank, pos, job_id, attempt, rescues, again)
            VALUES (?, ?, ?, ?, ?, ?, ?)\
            """;
    private static final String SCHEDULED =
            """
            INSERT INTO scheduled (run_at, job_id, lane, rank, attempt, rescues, backing_off)
            VALUES (?, ?, ?, ?, ?, ?, ?)\
            """;
    private static final String DISCARDED =
            "INSERT INTO discarded (job_id, lane, rank, attempt, at) VALUES (?, ?, ?, ?, ?)";

    private Entries() {}

    /**
     * A job on its way to a position.
     *
     * @param rank 9 minus the priority
     */
    record Entry(long jobId, int lane, int rank, int attempt, int rescues) {}

    /** Enters as available once more, at the end of its lane and rank. */
    static void availableAgain(Transaction transaction, Entry entry) throws SQLException {
        long pos = transaction.take(Counter.POSITION, 1);
        available(transaction.session(), entry, pos, true);
    }

    /** Enters as available at a position that was taken for it. */
    static void available(Session session, Entry entry, long pos, boolean again)
            throws SQLException {
        session.update(
                AVAILABLE,
                entry.lane(),
                entry.rank(),
                pos,
                entry.jobId(),
                entry.attempt(),
                entry.rescues(),
                again ? 1 : 0);
    }

    static void scheduled(Session session, Entry entry, long runAt, boolean backingOff)
            throws SQLException {
        session.update(
                SCHEDULED,
                runAt,
                entry.jobId(),
                entry.lane(),
                entry.rank(),
                entry.attempt(),
                entry.rescues(),
                backingOff ? 1 : 0);
    }

    static void discarded(Session session, Entry entry, long at) throws SQLException {
        session.update(DISCARDED, entry.jobId(), entry.lane(), entry.rank(), entry.attempt(), at);
    }
}
