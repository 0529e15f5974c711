package dev.millrace.sqlite;

import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The available rows of several lanes in an order: by rank, then position, or by position. Reads
 * one row ahead in each lane and no further, whatever waits there.
 */
final class LaneMerge implements AutoCloseable {
    private static final int RANKS = 10;

    private static final String HEAD =
            """
            SELECT a.rank, a.pos, a.job_id, a.attempt, a.rescues,
              octet_length(j.payload) * 2 + (a.attempt <> 1 OR a.rescues <> 0
                OR j.retry IS NOT NULL OR j.tags IS NOT NULL OR j.terms IS NOT NULL),
              j.payload, j.max_attempts, j.created_at, j.retry, j.tags, j.terms
            FROM available a LEFT JOIN job j ON j.id = a.job_id
            WHERE a.lane = ?1 AND (a.rank, a.pos) > (?2, ?3)
            ORDER BY a.rank, a.pos LIMIT ?4\
            """;

    private static final String AGED_HEAD =
            HEAD.replace("(a.rank, a.pos) > (?2, ?3)", "a.rank = ?2 AND a.pos > ?3");

    private static final String BLOCKED_HEAD =
            HEAD.replace("a.lane = ?1", "a.lane < 0 AND ?1 IS NOT NULL");

    /** A lane's rows, standing on one of them. */
    static final class Head {
        private final Lane lane;
        private final ResultSet rows;
        private int rank;
        private long pos;

        private Head(Lane lane, ResultSet rows) {
            this.lane = lane;
            this.rows = rows;
        }

        Lane lane() {
            return lane;
        }

        int rank() {
            return rank;
        }

        long pos() {
            return pos;
        }

        /**
         * Columns from 3: job, attempt, rescues, twice the payload's bytes and one more unless the
         * job is plain (its first attempt, no rescues, no retry, tags or terms), payload, max
         * attempts, created, retry, tags, terms; those after rescues are null when the job's body
         * is gone.
         */
        ResultSet row() {
            return rows;
        }

        private boolean advance() throws SQLException {
            if (!rows.next()) {
                return false;
            }
            rank = rows.getInt(1);
            pos = rows.getLong(2);
            return true;
        }
    }

    private static final Lane LINES = new Lane(-1, "", "", 1, Lane.GATE);

    private static final Comparator<Head> ORDER =
            Comparator.comparingInt(Head::rank).thenComparingLong(Head::pos);

    private static final Comparator<Head> BY_AGE = Comparator.comparingLong(Head::pos);

    private final PriorityQueue<Head> heads;
    private final List<ResultSet> opened = new ArrayList<>();
    private @Nullable Head current;

    private LaneMerge(Comparator<Head> order) {
        heads = new PriorityQueue<>(order);
    }

    /**
     * @param afterRank only rows after this rank and position; -1 for all
     * @param most at most so many rows of each lane
     */
    static LaneMerge of(Session session, List<Lane> lanes, int afterRank, long afterPos, int most)
            throws SQLException {
        var merge = new LaneMerge(ORDER);
        try {
            for (int i = 0; i < lanes.size(); i++) {
                merge.add(
                        session.prepare(HEAD + " -- " + i),
                        lanes.get(i),
                        afterRank,
                        afterPos,
                        most);
            }
            return merge;
        } catch (SQLException | RuntimeException e) {
            merge.close();
            throw e;
        }
    }

    /**
     * The same, with the rows in all lines, of whatever queue: these are heads of a lane that does
     * not tell what they are.
     */
    static LaneMerge withLines(
            Session session, List<Lane> lanes, int afterRank, long afterPos, int most)
            throws SQLException {
        var merge = of(session, lanes, afterRank, afterPos, most);
        try {
            merge.add(session.prepare(BLOCKED_HEAD), LINES, afterRank, afterPos, most);
            return merge;
        } catch (SQLException | RuntimeException e) {
            merge.close();
            throw e;
        }
    }

    /**
     * The same by position alone, whatever the rank.
     *
     * @param most at most so many rows of each lane and rank
     */
    static LaneMerge byAge(Session session, List<Lane> lanes, int most) throws SQLException {
        var merge = new LaneMerge(BY_AGE);
        try {
            for (int i = 0; i < lanes.size() * RANKS; i++) {
                var statement = session.prepare(AGED_HEAD + " -- " + i);
                merge.add(statement, lanes.get(i / RANKS), i % RANKS, -1, most);
            }
            return merge;
        } catch (SQLException | RuntimeException e) {
            merge.close();
            throw e;
        }
    }

    private void add(PreparedStatement statement, Lane lane, int afterRank, long afterPos, int most)
            throws SQLException {
        statement.setInt(1, lane.id());
        statement.setInt(2, afterRank);
        statement.setLong(3, afterPos);
        statement.setInt(4, most);
        var rows = statement.executeQuery();
        opened.add(rows);
        var head = new Head(lane, rows);
        if (head.advance()) {
            heads.add(head);
        }
    }

    /** The next row; valid until the next call. */
    @Nullable Head next() throws SQLException {
        if (current != null && current.advance()) {
            heads.add(current);
        }
        current = heads.poll();
        return current;
    }

    @Override
    public void close() throws SQLException {
        for (var rows : opened) {
            rows.close();
        }
    }
}
