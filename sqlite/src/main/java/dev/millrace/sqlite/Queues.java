package dev.millrace.sqlite;

import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueKind;
import dev.millrace.store.QueueSnapshot;

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
            """
            SELECT count(*), min(created_at) FROM (
              SELECT j.created_at FROM available a JOIN job j ON j.id = a.job_id
              WHERE a.lane = ? ORDER BY a.rank, a.pos LIMIT ?)\
            """;
    private static final String BLOCKED =
            """
            SELECT count(*) FROM (
              SELECT 1 FROM limit_line l JOIN available a ON a.lane = -l.id
              WHERE l.queue = ? LIMIT ?)\
            """;
    private static final String SCHEDULED =
            "SELECT count(*) FROM (SELECT 1 FROM scheduled WHERE lane = ? LIMIT ?)";
    private static final String DISCARDED =
            "SELECT count(*) FROM (SELECT 1 FROM discarded WHERE lane = ? LIMIT ?)";

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

    static List<QueueSnapshot> all(Session session) throws SQLException {
        var running = new TreeMap<Integer, Integer>();
        try (var rows = session.query(RUNNING, RUNNING_LOOKED_AT)) {
            while (rows.next()) {
                running.put(rows.getInt(1), rows.getInt(2));
            }
        }
        var byQueue = new TreeMap<String, List<Lane>>();
        var controls = Controls.all(session);
        controls.forEach((queue, row) -> {
            if (!row.control().equals(QueueControl.NONE)) {
                byQueue.put(queue, new ArrayList<>());
            }
        });
        for (var lane : session.lanes().matching(lane -> true)) {
            byQueue.computeIfAbsent(lane.queue(), queue -> new ArrayList<>()).add(lane);
        }
        var found = new ArrayList<QueueSnapshot>();
        for (var queue : byQueue.entrySet()) {
            var count = new Count(session);
            for (var lane : queue.getValue()) {
                count.add(lane.id(), running.getOrDefault(lane.id(), 0));
            }
            var row = controls.getOrDefault(queue.getKey(), Controls.Row.NONE);
            int blocked = blocked(session, queue.getKey());
            found.add(count.snapshot(queue.getKey(), row.control(), blocked));
        }
        return found;
    }

    private static int blocked(Session session, String queue) throws SQLException {
        var blocked = session.prepare(BLOCKED);
        blocked.setString(1, queue);
        blocked.setInt(2, QueueSnapshot.COUNT_BOUND);
        try (var rows = blocked.executeQuery()) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    private static final class Count {
        private final Session session;
        private int available;
        private int scheduled;
        private int running;
        private int discarded;
        private long oldest = Long.MAX_VALUE;

        private Count(Session session) {
            this.session = session;
        }

        private void add(int lane, int runningHere) throws SQLException {
            int bound = QueueSnapshot.COUNT_BOUND;
            try (var rows = session.query(AVAILABLE, lane, bound)) {
                if (rows.next() && rows.getInt(1) > 0) {
                    available = Math.min(bound, available + rows.getInt(1));
                    oldest = Math.min(oldest, rows.getLong(2));
                }
            }
            scheduled += (int) session.number(0, SCHEDULED, lane, bound - scheduled);
            discarded += (int) session.number(0, DISCARDED, lane, bound - discarded);
            running = Math.min(bound, running + runningHere);
        }

        private QueueSnapshot snapshot(String queue, QueueControl control, int blocked) {
            return new QueueSnapshot(
                    queue,
                    available,
                    scheduled,
                    running,
                    discarded,
                    oldest == Long.MAX_VALUE ? null : Moments.instant(oldest),
                    control,
                    blocked);
        }
    }
}
