package dev.millrace.sqlite;

import dev.millrace.sqlite.Entries.Entry;
import dev.millrace.store.JobClaim;

import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;

/** The fence: deletes running rows by job and claim, and says which were there. */
final class RunningRows {
    private static final String COUNT =
            """
            SELECT count(*) FROM running
            WHERE worker_id = ?1 AND job_id BETWEEN ?2 AND ?3 AND claim_id = ?4\
            """;
    private static final String WALK =
            """
            SELECT job_id, claim_id, lane, rank, attempt, rescues FROM running
            WHERE worker_id = ? AND job_id BETWEEN ? AND ? ORDER BY job_id\
            """;
    private static final String DELETE =
            "DELETE FROM running WHERE worker_id = ? AND job_id BETWEEN ? AND ?";

    /** From so many neighbours on they are counted together rather than walked one by one. */
    private static final int STRETCH = 8;

    /** A walk gives up after so many rows for each wanted one, and looks rows up instead. */
    private static final int PATIENCE = 4;

    private final Session session;
    private final long worker;
    private final List<JobClaim> claims;
    private final IntPredicate goesOn;
    private final boolean[] held;
    private final @Nullable Entry[] entries;
    private final List<long[]> runs = new ArrayList<>();

    private RunningRows(Session session, long worker, List<JobClaim> claims, IntPredicate goesOn) {
        this.session = session;
        this.worker = worker;
        this.claims = claims;
        this.goesOn = goesOn;
        this.held = new boolean[claims.size()];
        this.entries = new @Nullable Entry[claims.size()];
    }

    /**
     * Deletes those of the claims that the worker holds.
     *
     * @param goesOn whether a job will enter another position, by the place of its claim in the
     *     list; for those alone is read where they come from
     */
    static RunningRows take(
            Session session, long worker, List<JobClaim> claims, IntPredicate goesOn)
            throws SQLException {
        var rows = new RunningRows(session, worker, claims, goesOn);
        var rest = rows.takeStretches(rows.sorted());
        int done = rest.length == 0 ? 0 : rows.walk(rest);
        for (var run : rows.runs) {
            session.update(DELETE, worker, run[0], run[1]);
        }
        for (int i = done; i < rest.length; i++) {
            rows.lookUp(rest[i]);
        }
        return rows;
    }

    /** Whether a claim was held; of a repeated one only the first was. */
    boolean isHeld(int i) {
        return held[i];
    }

    /** Where a job comes from that goes on; {@code null} when its claim was not held. */
    @Nullable Entry entry(int i) {
        return entries[i];
    }

    /** The claims' places in the list, by job. */
    private int[] sorted() {
        boolean inOrder = true;
        for (int i = 1; i < claims.size() && inOrder; i++) {
            inOrder = claims.get(i - 1).jobId() <= claims.get(i).jobId();
        }
        var order = new Integer[claims.size()];
        Arrays.setAll(order, i -> i);
        if (!inOrder) {
            Arrays.sort(order, Comparator.comparingLong(i -> claims.get(i).jobId()));
        }
        return Arrays.stream(order).mapToInt(i -> i).toArray();
    }

    /** Takes neighbours of one claim that all end, if all are there; answers what is left. */
    private int[] takeStretches(int[] order) throws SQLException {
        int left = 0;
        int end;
        for (int start = 0; start < order.length; start = end) {
            end = start + 1;
            while (end < order.length && isNeighbour(order[end - 1], order[end])) {
                end++;
            }
            if (end - start < STRETCH || !takeStretch(order, start, end)) {
                System.arraycopy(order, start, order, left, end - start);
                left += end - start;
            }
        }
        return Arrays.copyOf(order, left);
    }

    private boolean isNeighbour(int one, int next) {
        return claims.get(one).jobId() + 1 == claims.get(next).jobId()
                && claims.get(one).claimId() == claims.get(next).claimId()
                && !goesOn.test(one)
                && !goesOn.test(next);
    }

    private boolean takeStretch(int[] order, int start, int end) throws SQLException {
        var first = claims.get(order[start]);
        long last = claims.get(order[end - 1]).jobId();
        long there = session.number(0, COUNT, worker, first.jobId(), last, first.claimId());
        if (there != end - start) {
            return false;
        }
        session.update(DELETE, worker, first.jobId(), last);
        for (int i = start; i < end; i++) {
            held[order[i]] = true;
        }
        return true;
    }

    /** Walks the rows and the claims side by side; answers how many claims were dealt with. */
    private int walk(int[] order) throws SQLException {
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
                    found(holder, rows);
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
            found(i, rows);
        }
        session.update(DELETE, worker, job, job);
    }

    private void found(int i, ResultSet rows) throws SQLException {
        held[i] = true;
        if (goesOn.test(i)) {
            entries[i] =
                    new Entry(
                            claims.get(i).jobId(),
                            session.lanes().entrance(rows.getInt(3)),
                            rows.getInt(4),
                            rows.getInt(5),
                            rows.getInt(6));
        }
    }
}
