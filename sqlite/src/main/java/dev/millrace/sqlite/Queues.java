package dev.millrace.sqlite;

import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueKind;
import dev.millrace.store.QueueSnapshot;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts by queue, each by a bounded walk along an index. */
final class Queues {
    private static final String AVAILABLE =
            "SELECT count(*) FROM (SELECT 1 FROM available WHERE lane = ? LIMIT ?)";
    private static final String NEXT_AVAILABLE = "SELECT min(lane) FROM available WHERE lane > ?";
    private static final String SCHEDULED =
            "SELECT count(*) FROM (SELECT 1 FROM scheduled WHERE lane = ? LIMIT ?)";
    private static final String NEXT_SCHEDULED = "SELECT min(lane) FROM scheduled WHERE lane > ?";
    private static final String DISCARDED =
            "SELECT count(*) FROM (SELECT 1 FROM discarded WHERE lane = ? LIMIT ?)";
    private static final String NEXT_DISCARDED = "SELECT min(lane) FROM discarded WHERE lane > ?";

    /** The first row of a lane behind a rank: of every rank the one that has waited longest. */
    private static final String HEAD =
            """
            SELECT rank, pos, job_id FROM available WHERE lane = ? AND rank > ?
            ORDER BY rank, pos LIMIT 1\
            """;

    private static final String CREATED = "SELECT created_at FROM job WHERE id = ?";
    private static final String BLOCKED =
            """
            SELECT count(*) FROM (
              SELECT 1 FROM limit_line l JOIN available a ON a.lane = -l.id
              WHERE l.queue = ? LIMIT ?)\
            """;
    private static final String NEXT_BLOCKED = "SELECT min(queue) FROM limit_line WHERE queue > ?";

    /**
     * Running rows have no index by lane, which each claim and completion would pay for: they are
     * few, bounded by the workers' slots, and of more than these the first are counted.
     */
    private static final int RUNNING_LOOKED_AT = 10 * QueueSnapshot.COUNT_BOUND;

    private static final String RUNNING =
            "SELECT lane, count(*) FROM (SELECT lane FROM running LIMIT ?) GROUP BY lane";

    private static final String DUE =
            """
            SELECT lane, count(*) FROM
              (SELECT lane FROM scheduled WHERE run_at <= ? ORDER BY run_at LIMIT ?)
            GROUP BY lane\
            """;

    private Queues() {}

    /** Scheduled jobs that are due by now. */
    static Map<String, Integer> due(Session session, Instant now) throws SQLException {
        var found = new TreeMap<String, Integer>();
        try (var rows = session.query(DUE, Moments.micros(now), QueueSnapshot.COUNT_BOUND)) {
            while (rows.next()) {
                var queue = session.lanes().get(rows.getInt(1)).queue();
                found.merge(queue, rows.getInt(2), Integer::sum);
            }
        }
        return found;
    }

    /** Every lane, in order. */
    static List<QueueKind> kinds(Session session) throws SQLException {
        return session.lanes().matching(lane -> true).stream()
                .map(lane -> new QueueKind(lane.queue(), lane.kind(), lane.version()))
                .distinct()
                .sorted(
                        Comparator.comparing(QueueKind::queue)
                                .thenComparing(QueueKind::kind)
                                .thenComparingInt(QueueKind::version))
                .toList();
    }

    /**
     * Every queue. Of jobs only places are counted; one body is read for each queue, to tell since
     * when its oldest job waits. A lane in which nothing stands costs nothing.
     */
    static List<QueueSnapshot> all(Session session) throws SQLException {
        var counts = new TreeMap<String, Count>();
        var controls = Controls.all(session);
        controls.forEach((queue, row) -> {
            if (!row.control().equals(QueueControl.NONE)) {
                counts.put(queue, new Count());
            }
        });
        for (var lane : session.lanes().matching(lane -> true)) {
            counts.computeIfAbsent(lane.queue(), queue -> new Count());
        }
        inLanes(session, counts, NEXT_AVAILABLE, (lane, count) -> count.available(session, lane));
        inLanes(session, counts, NEXT_SCHEDULED, (lane, count) -> count.scheduled(session, lane));
        inLanes(session, counts, NEXT_DISCARDED, (lane, count) -> count.discarded(session, lane));
        try (var rows = session.query(RUNNING, RUNNING_LOOKED_AT)) {
            while (rows.next()) {
                of(session, counts, rows.getInt(1)).running += rows.getInt(2);
            }
        }
        blocked(session, counts);
        var found = new ArrayList<QueueSnapshot>();
        for (var queue : counts.entrySet()) {
            var row = controls.getOrDefault(queue.getKey(), Controls.Row.NONE);
            found.add(queue.getValue().snapshot(session, queue.getKey(), row.control()));
        }
        return found;
    }

    /** What is done with a lane in which something stands. */
    private interface InLane {
        void count(int lane, Count count) throws SQLException;
    }

    private static void inLanes(
            Session session, Map<String, Count> counts, String next, InLane counting)
            throws SQLException {
        for (long lane = session.number(0, next, 0);
                lane > 0;
                lane = session.number(0, next, lane)) {
            counting.count((int) lane, of(session, counts, (int) lane));
        }
    }

    private static Count of(Session session, Map<String, Count> counts, int lane)
            throws SQLException {
        return counts.computeIfAbsent(session.lanes().get(lane).queue(), queue -> new Count());
    }

    private static void blocked(Session session, Map<String, Count> counts) throws SQLException {
        for (var queue = nextBlocked(session, ""); queue != null; ) {
            var blocked = session.prepare(BLOCKED);
            blocked.setString(1, queue);
            blocked.setInt(2, QueueSnapshot.COUNT_BOUND);
            try (var rows = blocked.executeQuery()) {
                counts.computeIfAbsent(queue, any -> new Count()).blocked =
                        rows.next() ? rows.getInt(1) : 0;
            }
            queue = nextBlocked(session, queue);
        }
    }

    private static @Nullable String nextBlocked(Session session, String queue) throws SQLException {
        var next = session.prepare(NEXT_BLOCKED);
        next.setString(1, queue);
        try (var rows = next.executeQuery()) {
            return rows.next() ? rows.getString(1) : null;
        }
    }

    /** Of one queue: each count stops at the bound, whatever the number of its lanes. */
    private static final class Count {
        private int available;
        private int scheduled;
        private int running;
        private int discarded;
        private int blocked;
        private long oldestPos = Long.MAX_VALUE;
        private long oldestJob;

        private void available(Session session, int lane) throws SQLException {
            available = more(session, AVAILABLE, lane, available);
            for (int rank = headBehind(session, lane, -1); rank >= 0; ) {
                rank = headBehind(session, lane, rank);
            }
        }

        /** Answers the rank of what was met, -1 when there was nothing. */
        private int headBehind(Session session, int lane, int rank) throws SQLException {
            try (var rows = session.query(HEAD, lane, rank)) {
                if (!rows.next()) {
                    return -1;
                }
                if (rows.getLong(2) < oldestPos) {
                    oldestPos = rows.getLong(2);
                    oldestJob = rows.getLong(3);
                }
                return rows.getInt(1);
            }
        }

        private void scheduled(Session session, int lane) throws SQLException {
            scheduled = more(session, SCHEDULED, lane, scheduled);
        }

        private void discarded(Session session, int lane) throws SQLException {
            discarded = more(session, DISCARDED, lane, discarded);
        }

        private static int more(Session session, String sql, int lane, int before)
                throws SQLException {
            int left = QueueSnapshot.COUNT_BOUND - before;
            return left == 0 ? before : before + (int) session.number(0, sql, lane, left);
        }

        private QueueSnapshot snapshot(Session session, String queue, QueueControl control)
                throws SQLException {
            long oldest =
                    oldestPos == Long.MAX_VALUE
                            ? Long.MAX_VALUE
                            : session.number(Long.MAX_VALUE, CREATED, oldestJob);
            return new QueueSnapshot(
                    queue,
                    available,
                    scheduled,
                    Math.min(running, QueueSnapshot.COUNT_BOUND),
                    discarded,
                    oldest == Long.MAX_VALUE ? null : Moments.instant(oldest),
                    control,
                    blocked);
        }
    }
}
