package dev.millrace.sqlite;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Where jobs of a few lanes stand, along the indexes by lane: past no job of the others. */
final class LaneRows {
    /** Of more lanes than this it costs less to walk past the others. */
    static final int MOST_LANES = 1_000;

    private static final String DUE = "SELECT run_at, job_id FROM scheduled WHERE lane = ? LIMIT ?";
    private static final String DISCARDED =
            """
            SELECT job_id FROM discarded WHERE lane = ? AND job_id < ?
            ORDER BY job_id DESC LIMIT ?\
            """;

    private LaneRows() {}

    /** A scheduled job; the earliest due first. */
    record Due(long runAt, long job) implements Comparable<Due> {
        private static final Comparator<Due> ORDER =
                Comparator.comparingLong(Due::runAt).thenComparingLong(Due::job);

        @Override
        public int compareTo(Due other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * All that are scheduled in some lanes, in order; {@code null} when there are more than so
     * many: the index by lane does not tell which of them are due first.
     */
    static @Nullable List<Due> due(Session session, List<Lane> lanes, int most)
            throws SQLException {
        if (lanes.size() > MOST_LANES) {
            return null;
        }
        var found = new ArrayList<Due>();
        for (var lane : lanes) {
            try (var rows = session.query(DUE, lane.id(), most + 1 - found.size())) {
                while (rows.next()) {
                    found.add(new Due(rows.getLong(1), rows.getLong(2)));
                }
            }
            if (found.size() > most) {
                return null;
            }
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }

    /**
     * The newest discarded jobs of some lanes.
     *
     * @param jobs newest first
     * @param isAll whether there are none behind them
     */
    record Newest(List<Long> jobs, boolean isAll) {}

    /**
     * The newest discarded jobs of some lanes before a job, about so many at most.
     *
     * @param lanes at most {@value #MOST_LANES}
     */
    static Newest discarded(Session session, List<Lane> lanes, long before, int most)
            throws SQLException {
        int each = Math.max(1, most / Math.max(1, lanes.size()));
        var found = new ArrayList<Long>();
        long complete = Long.MIN_VALUE;
        for (var lane : lanes) {
            int here = 0;
            try (var rows = session.query(DISCARDED, lane.id(), before, each)) {
                long last = 0;
                while (rows.next()) {
                    last = rows.getLong(1);
                    found.add(last);
                    here++;
                }
                if (here == each) {
                    complete = Math.max(complete, last);
                }
            }
        }
        long from = complete;
        found.removeIf(job -> job < from);
        found.sort(Comparator.reverseOrder());
        return new Newest(found, complete == Long.MIN_VALUE);
    }
}
