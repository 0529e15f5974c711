package dev.millrace.postgres;

import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueKind;
import dev.millrace.store.QueueSnapshot;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts by queue, each by a bounded walk along an index. */
final class Queues {
    // A lane's rows are counted up to a bound: never collect them all first.
    private static final String ALONG_INDEXES =
            "set local enable_bitmapscan = off; set local enable_sort = off; set local jit = off";

    private final Sql sql;
    private final Lanes lanes;
    private final Controls controls;
    private final String queues;
    private final String runningByLane;
    private final String blocked;
    private final String due;

    Queues(Sql sql, Lanes lanes, Controls controls) {
        this.sql = sql;
        this.lanes = lanes;
        this.controls = controls;
        this.queues =
                sql.text(
                        """
                        select l.id,
                            (select count(*) from (
                                select from {schema}.available where lane = l.id
                                order by lane, priority, pos limit 10000) as x),
                            (select count(*) from (
                                select from {schema}.scheduled where lane = l.id
                                order by lane, job_id limit 10000) as x),
                            (select count(*) from (
                                select from {schema}.discarded where lane = l.id
                                order by lane, job_id limit 10000) as x),
                            o.pos, o.created_at
                        from {schema}.lane as l left join lateral (
                            select h.pos, j.created_at
                            from generate_series(0, 9) as p, lateral (
                                select a.pos, a.job_id from {schema}.available as a
                                where a.lane = l.id and a.priority = p
                                order by a.pos limit 1) as h
                            join {schema}.job as j on j.id = h.job_id
                            order by h.pos limit 1) as o on true
                        """);
        this.blocked =
                sql.text(
                        """
                        select q.queue, (
                            select count(*) from (
                                select from {schema}.limit_line as l, lateral (
                                    select from {schema}.available as a where a.lane = -l.id
                                    order by a.lane, a.priority, a.pos limit 10000) as x
                                where l.queue = q.queue limit 10000) as y)
                        from (select distinct queue from {schema}.limit_line) as q
                        """);
        this.due =
                sql.text(
                        """
                        select l.queue, count(*) from (
                            select lane from {schema}.scheduled
                            where run_at <= to_timestamp(?::float8 / 1000000)
                            order by run_at, job_id limit ?) as s
                        join {schema}.lane as l on l.id = s.lane group by l.queue
                        """);
        this.runningByLane =
                sql.text(
                        """
                        select j.lane, count(*)
                        from {schema}.worker as w, lateral (
                            select r.job_id from {schema}.running as r where r.worker_id = w.id
                            order by r.worker_id, r.job_id limit 10000) as r, lateral (
                            select lane from {schema}.job where id = r.job_id limit 1) as j
                        group by j.lane
                        """);
    }

    List<QueueKind> kinds() {
        return lanes.kinds();
    }

    List<QueueSnapshot> all() {
        lanes.reload();
        return sql.transaction(
                "count queues",
                connection -> {
                    try (var statement = connection.createStatement()) {
                        statement.execute(ALONG_INDEXES);
                    }
                    var byQueue = new TreeMap<String, Counts>();
                    try (var statement = connection.prepareStatement(queues);
                            var rows = statement.executeQuery()) {
                        while (rows.next()) {
                            Counts counts = counts(byQueue, rows.getInt(1));
                            counts.available += rows.getInt(2);
                            counts.scheduled += rows.getInt(3);
                            counts.discarded += rows.getInt(4);
                            long pos = rows.getLong(5);
                            if (!rows.wasNull() && pos < counts.oldestPos) {
                                counts.oldestPos = pos;
                                counts.oldest = Sql.instant(rows, "created_at");
                            }
                        }
                    }
                    try (var statement = connection.prepareStatement(runningByLane);
                            var rows = statement.executeQuery()) {
                        while (rows.next()) {
                            counts(byQueue, rows.getInt(1)).running += rows.getInt(2);
                        }
                    }
                    try (var statement = connection.prepareStatement(blocked);
                            var rows = statement.executeQuery()) {
                        while (rows.next()) {
                            byQueue.computeIfAbsent(rows.getString(1), q -> new Counts()).blocked =
                                    rows.getInt(2);
                        }
                    }
                    Map<String, QueueControl> set = controls.all(connection);
                    set.keySet().forEach(q -> byQueue.computeIfAbsent(q, x -> new Counts()));
                    return byQueue.entrySet().stream()
                            .map(e ->
                                    e.getValue()
                                            .snapshot(
                                                    e.getKey(),
                                                    set.getOrDefault(
                                                            e.getKey(), QueueControl.NONE)))
                            .toList();
                });
    }

    Map<String, Integer> due(Instant now) {
        return sql.run(
                "count due jobs",
                connection -> {
                    var found = new TreeMap<String, Integer>();
                    try (var statement = Sql.prepare(connection, due)) {
                        statement.setLong(1, Sql.micros(now));
                        statement.setInt(2, QueueSnapshot.COUNT_BOUND);
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                found.merge(rows.getString(1), rows.getInt(2), Integer::sum);
                            }
                        }
                    }
                    return found;
                });
    }

    private Counts counts(Map<String, Counts> byQueue, int lane) {
        return byQueue.computeIfAbsent(lanes.lane(lane).queue(), q -> new Counts());
    }

    /** Sums over the lanes of one queue. */
    private static final class Counts {
        private int available;
        private int scheduled;
        private int running;
        private int discarded;
        private int blocked;
        private long oldestPos = Long.MAX_VALUE;
        private @Nullable Instant oldest;

        QueueSnapshot snapshot(String queue, QueueControl control) {
            return new QueueSnapshot(
                    queue,
                    Math.min(available, QueueSnapshot.COUNT_BOUND),
                    Math.min(scheduled, QueueSnapshot.COUNT_BOUND),
                    Math.min(running, QueueSnapshot.COUNT_BOUND),
                    Math.min(discarded, QueueSnapshot.COUNT_BOUND),
                    oldest,
                    control,
                    blocked);
        }
    }
}
