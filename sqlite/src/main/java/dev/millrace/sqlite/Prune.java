package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.sqlite.SqliteWriter.Operation;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;

/**
 * Removes finished jobs of a run of ids.
 *
 * @param endedBefore what is older goes
 * @param afterJobId ids looked at are larger
 * @param max the most ids looked at
 */
record Prune(Instant endedBefore, long afterJobId, int max) implements Operation<Long> {
    private static final String STEP =
            """
            SELECT j.id, j.created_at,
              (SELECT h.ended_at FROM history h WHERE h.job_id = j.id
                AND h.outcome IN (%d, %d, %d, %d) LIMIT 1)
            FROM job j WHERE j.id > ? ORDER BY j.id LIMIT ?\
            """
                    .formatted(
                            Attempt.End.COMPLETED.code(),
                            Attempt.End.SKIPPED.code(),
                            Attempt.End.CANCELLED.code(),
                            Attempt.End.EXPIRED.code());
    private static final String BODIES = "DELETE FROM job WHERE id BETWEEN ? AND ?";
    private static final String HISTORY = "DELETE FROM history WHERE job_id BETWEEN ? AND ?";
    private static final String FREE_PAGES = "PRAGMA freelist_count";
    private static final String PAGES = "PRAGMA page_count";
    private static final String GIVE_BACK = "PRAGMA incremental_vacuum(500)";

    /** Where the next step begins; 0 when nothing is left to look at. */
    @Override
    public Long run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var runs = new ArrayList<long[]>();
        long before = Moments.micros(endedBefore);
        boolean allYoung = true;
        long last = 0;
        int looked = 0;
        long[] run = {0, 0};
        try (var rows = session.query(STEP, afterJobId, max)) {
            while (rows.next()) {
                looked++;
                last = rows.getLong(1);
                allYoung &= rows.getLong(2) >= before;
                long endedAt = rows.getLong(3);
                if (rows.wasNull() || endedAt >= before) {
                    run = new long[] {0, 0};
                } else if (run[0] == 0) {
                    run = new long[] {last, last};
                    runs.add(run);
                } else {
                    run[1] = last;
                }
            }
        }
        for (var gone : runs) {
            session.update(BODIES, gone[0], gone[1]);
            session.update(HISTORY, gone[0], gone[1]);
        }
        shrink(session);
        return looked < max || (allYoung && runs.isEmpty()) ? 0L : last;
    }

    /** Gives pages back to the file system, a few at a time, once a quarter of them is unused. */
    private static void shrink(Session session) throws SQLException {
        long free = session.number(0, FREE_PAGES);
        if (free > 10_000 && free > session.number(0, PAGES) / 4) {
            try (var rows = session.query(GIVE_BACK)) {
                while (rows.next()) {
                    // each row is a page given back
                }
            }
        }
    }
}
