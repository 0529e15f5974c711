package dev.millrace.sqlite;

import dev.millrace.sqlite.Entries.Entry;
import dev.millrace.store.JobClaim;

import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** The fence: deletes running rows by job and claim, and says which were there. */
final class RunningRows {
    private static final String WALK =
            """
            SELECT job_id, claim_id, lane, rank, attempt, rescues FROM running
            WHERE worker_id = ? AND job_id BETWEEN ? AND ? ORDER BY job_id\
            """;
    private static final String DELETE =
            "DELETE FROM running WHERE worker_id = ? AND job_id BETWEEN ? AND ?";

    /** A walk gives up after so many rows for each wanted one, and looks rows up instead. */
    private static final int PATIENCE = 4;

    private final Session session;
    private final long worker;
    private final List<JobClaim> claims;
    private final Integer[] order;
    private final @Nullable Entry[] found;
    private final List<long[]> runs = new ArrayList<>();

    private RunningRows(Session session, long worker, List<JobClaim> claims) {
        this.session = session;
        this.worker = worker;
        this.claims = claims;
        this.found = new @Nullable Entry[claims.size()];
        this.order = new Integer[claims.size()];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingLong(i -> claims.get(i).jobId()));
    }

    /**
     * Deletes those of the claims that the worker holds.
     *
     * @return where each job comes from, {@code null} for claims that were not held and for
     *     repetitions
     */
    static List<@Nullable Entry> take(Session session, long worker, List<JobClaim> claims)
            throws SQLException {
        if (claims.isEmpty()) {
            return Collections.emptyList();
        }
        var rows = new RunningRows(session, worker, claims);
        int done = rows.walk();
        for (var run : rows.runs) {
            session.update(DELETE, worker, run[0], run[1]);
        }
        for (int i = done; i < claims.size(); i++) {
            rows.lookUp(rows.order[i]);
        }
        return Arrays.asList(rows.found);
    }

    /** Walks the rows and the claims side by side; answers how many claims were dealt with. */
    private int walk() throws SQLException {
        long first = claims.get(order[0]).jobId();
        long last = claims.get(order[order.length - 1]).jobId();
        int next = 0;
        long steps = (long) PATIENCE * order.length;
        long @Nullable [] run = null;
        try (var rows = session.query(WALK, worker, first, last)) {
            while (next < order.length && rows.next()) {
                long job = rows.getLong(1);
                while (next < order.length && claims.get(order[next]).jobId() < job) {
                    next++;
                }
                int holder = -1;
                for (; next < order.length && claims.get(order[next]).jobId() == job; next++) {
                    if (holder < 0 && claims.get(order[next]).claimId() == rows.getLong(2)) {
                        holder = order[next];
                    }
                }
                if (holder >= 0) {
                    found[holder] = entry(rows, job);
                    if (run == null) {
                        run = new long[] {job, job};
                        runs.add(run);
                    } else {
                        run[1] = job;
                    }
                } else {
                    run = null;
                }
                if (--steps == 0) {
                    return next;
                }
            }
        }
        return order.length;
    }

    private void lookUp(int i) throws SQLException {
        long job = claims.get(i).jobId();
        try (var rows = session.query(WALK, worker, job, job)) {
            if (!rows.next() || rows.getLong(2) != claims.get(i).claimId()) {
                return;
            }
            found[i] = entry(rows, job);
        }
        session.update(DELETE, worker, job, job);
    }

    private static Entry entry(ResultSet rows, long job) throws SQLException {
        return new Entry(job, rows.getInt(3), rows.getInt(4), rows.getInt(5), rows.getInt(6));
    }
}
