package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.store.PruneRules;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;

/**
 * Removes jobs at rest of a run of ids with all that they left, and as many keys whose windows have
 * passed. Ends early where much was left.
 *
 * @param rules what is older goes, by queue
 * @param afterJobId ids looked at are larger
 * @param max the most ids looked at
 */
record Prune(PruneRules rules, long afterJobId, int max) implements Operation<Long> {
    private static final String STEP =
            """
            SELECT j.id, j.created_at, j.lane,
              (SELECT h.ended_at FROM history h WHERE h.job_id = j.id
                AND h.outcome IN (%d, %d, %d, %d) LIMIT 1),
              (SELECT d.at FROM discarded d WHERE d.job_id = j.id),
              EXISTS (SELECT 1 FROM batch b WHERE b.ended_at IS NULL AND b.on_done <> 0
                AND b.item_key IS NOT NULL AND b.id =
                  CASE WHEN j.terms LIKE '%%"batch":%%' AND json_valid(j.terms)
                  THEN json_extract(j.terms, '$.batch') END)
            FROM job j WHERE j.id > ? ORDER BY j.id LIMIT ?\
            """
                    .formatted(
                            Attempt.End.COMPLETED.code(),
                            Attempt.End.SKIPPED.code(),
                            Attempt.End.CANCELLED.code(),
                            Attempt.End.EXPIRED.code());
    private static final String BODIES = "DELETE FROM job WHERE id BETWEEN ? AND ?";
    private static final String HISTORY = "DELETE FROM history WHERE job_id BETWEEN ? AND ?";
    private static final String DISCARDED = "DELETE FROM discarded WHERE job_id BETWEEN ? AND ?";
    private static final String FREE_PAGES = "PRAGMA freelist_count";
    private static final String PAGES = "PRAGMA page_count";
    private static final String GIVE_BACK = "PRAGMA incremental_vacuum(500)";

    /** Where the next step begins; 0 when nothing is left to look at. */
    @Override
    public Long run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var runs = new ArrayList<long[]>();
        long latest = Moments.micros(rules.latest());
        boolean allYoung = true;
        long last = 0;
        int looked = 0;
        long[] run = {0, 0};
        try (var rows = session.query(STEP, afterJobId, max)) {
            while (rows.next()) {
                looked++;
                last = rows.getLong(1);
                allYoung &= rows.getLong(2) >= latest;
                if (!isOld(session, rows)) {
                    run = new long[] {0, 0};
                } else if (run[0] == 0) {
                    run = new long[] {last, last};
                    runs.add(run);
                } else {
                    run[1] = last;
                }
            }
        }
        var sweep = new ReportRows.Sweep(session);
        boolean cut = false;
        for (var gone : runs) {
            long to = sweep.run(gone[0], gone[1]);
            session.update(BODIES, gone[0], to);
            session.update(HISTORY, gone[0], to);
            session.update(DISCARDED, gone[0], to);
            if (to < gone[1]) {
                cut = true;
                last = to;
                break;
            }
        }
        boolean moreKeys = Keys.prune(session, Moments.micros(rules.now()), max) == max;
        shrink(session);
        boolean moreJobs = cut || looked == max && !(allYoung && runs.isEmpty());
        return moreJobs || moreKeys ? Math.max(1, Math.max(last, afterJobId)) : 0L;
    }

    /** Whether the job that a row shows has come to rest before its queue's rule says. */
    private boolean isOld(Session session, ResultSet rows) throws SQLException {
        long endedAt = rows.getLong(4);
        if (!rows.wasNull()) {
            // what a join will read stays
            return rows.getInt(6) == 0
                    && endedAt < Moments.micros(rule(session, rows).finishedBefore());
        }
        long discardedAt = rows.getLong(5);
        if (rows.wasNull()) {
            return false;
        }
        var before = rule(session, rows).discardedBefore();
        return before != null && discardedAt < Moments.micros(before);
    }

    private PruneRules.Rule rule(Session session, ResultSet rows) throws SQLException {
        return rules.of(session.lanes().get(rows.getInt(3)).queue());
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
