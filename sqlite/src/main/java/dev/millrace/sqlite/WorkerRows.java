package dev.millrace.sqlite;

import dev.millrace.job.KindVersion;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.RemoteTerms;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/** The rows of registered workers. */
final class WorkerRows {
    private static final String ALIVE = "SELECT 1 FROM worker WHERE id = ? AND dead = 0";
    private static final String ADD =
            """
            INSERT INTO worker
              (id, name, version, queues, started_at, beat, beat_at, running, locked, dead,
               lease_millis, seal, caller, kinds)
            VALUES (?, ?, ?, ?, ?, 0, ?, 0, ?, 0, ?, ?, ?, ?)\
            """;
    private static final String BEAT =
            """
            UPDATE worker SET beat = beat + 1, beat_at = ?2, running = ?3, stuck = ?4, locked = ?5
            WHERE id = ?1 AND dead = 0\
            """;
    private static final String SAID =
            "SELECT running, stuck FROM worker WHERE id = ? AND dead = 0";
    private static final String SAY =
            "UPDATE worker SET running = ?, stuck = ? WHERE id = ? AND dead = 0";
    private static final String SERVE = "UPDATE worker SET queues = ? WHERE id = ? AND dead = 0";
    private static final String OTHERS =
            """
            SELECT id, name, beat, locked, dead, lease_millis FROM worker
            WHERE id <> ? ORDER BY id\
            """;
    private static final String ALL =
            """
            SELECT id, name, version, queues, running, stuck, started_at, beat_at, dead, draining,
              lease_millis, seal, caller, kinds
            FROM worker ORDER BY id\
            """;
    private static final String ANY_RUNNING = "SELECT 1 FROM running WHERE worker_id = ? LIMIT 1";
    private static final String FREED = "UPDATE worker SET locked = 1 WHERE id = ?";
    private static final String DRAINING = "SELECT 1 FROM worker WHERE id = ? AND draining = 1";
    private static final String DRAIN = "UPDATE worker SET draining = 1 WHERE id = ? AND dead = 0";
    private static final String FORGET = "DELETE FROM worker WHERE id = ?";

    private WorkerRows() {}

    static boolean isAlive(Session session, long id) throws SQLException {
        return session.number(0, ALIVE, id) == 1;
    }

    static void add(Session session, long id, WorkerInfo info, boolean locked) throws SQLException {
        var add = session.prepare(ADD);
        long startedAt = Moments.micros(info.startedAt());
        add.setLong(1, id);
        add.setString(2, info.name());
        add.setString(3, info.version());
        add.setString(4, Texts.queues(info.queues()));
        add.setLong(5, startedAt);
        add.setLong(6, startedAt);
        add.setInt(7, locked ? 1 : 0);
        var remote = info.remote();
        add.setLong(8, remote == null ? 0 : remote.lease().toMillis());
        add.setString(9, remote == null ? "" : remote.seal());
        add.setString(10, remote == null ? "" : remote.caller());
        add.setString(11, KindVersion.text(info.kinds()));
        add.executeUpdate();
    }

    static void beat(Session session, Pulse pulse, boolean locked) throws SQLException {
        session.update(
                BEAT,
                pulse.workerId(),
                Moments.micros(pulse.now()),
                pulse.running(),
                pulse.stuck(),
                locked ? 1 : 0);
        serve(session, pulse);
    }

    /** Whether a living worker says something that its row does not. */
    static boolean isNews(Session session, Pulse pulse) throws SQLException {
        try (var rows = session.query(SAID, pulse.workerId())) {
            return rows.next()
                    && (pulse.slots() != null
                            || rows.getInt(1) != pulse.running()
                            || rows.getInt(2) != pulse.stuck());
        }
    }

    static void say(Session session, Pulse pulse) throws SQLException {
        session.update(SAY, pulse.running(), pulse.stuck(), pulse.workerId());
        serve(session, pulse);
    }

    private static void serve(Session session, Pulse pulse) throws SQLException {
        var slots = pulse.slots();
        if (slots != null) {
            var serve = session.prepare(SERVE);
            serve.setString(1, Texts.queues(slots));
            serve.setLong(2, pulse.workerId());
            serve.executeUpdate();
        }
    }

    /**
     * Removes the row of a worker that holds nothing; one that does stays, to be found with its
     * lock free and cleared away.
     *
     * @return whether it was removed
     */
    static boolean forget(Session session, long id) throws SQLException {
        if (session.number(0, ANY_RUNNING, id) == 1) {
            session.update(FREED, id);
            return false;
        }
        return session.update(FORGET, id) == 1;
    }

    /**
     * Every other worker.
     *
     * @param probe what the lock of a worker says that holds one
     */
    static List<Sighting> others(Session session, long me, LongFunction<Lock> probe)
            throws SQLException {
        var found = new ArrayList<Sighting>();
        try (var rows = session.query(OTHERS, me)) {
            while (rows.next()) {
                long id = rows.getLong(1);
                var lock = rows.getInt(4) == 1 ? probe.apply(id) : Lock.UNKNOWN;
                found.add(
                        new Sighting(
                                id,
                                rows.getString(2),
                                rows.getLong(3),
                                lock,
                                rows.getInt(5) == 1,
                                lease(rows.getLong(6))));
            }
        }
        return found;
    }

    static List<WorkerSnapshot> all(Session session) throws SQLException {
        var found = new ArrayList<WorkerSnapshot>();
        try (var rows = session.prepare(ALL).executeQuery()) {
            while (rows.next()) {
                found.add(
                        new WorkerSnapshot(
                                rows.getLong(1),
                                rows.getString(2),
                                rows.getString(3),
                                Texts.queues(rows.getString(4)),
                                rows.getInt(5),
                                rows.getInt(6),
                                Moments.instant(rows.getLong(7)),
                                Moments.instant(rows.getLong(8)),
                                rows.getInt(9) == 1,
                                rows.getInt(10) == 1,
                                KindVersion.parse(rows.getString(14)),
                                remote(
                                        lease(rows.getLong(11)),
                                        rows.getString(12),
                                        rows.getString(13))));
            }
        }
        return found;
    }

    private static @Nullable RemoteTerms remote(
            @Nullable Duration lease, String seal, String caller) {
        return lease == null ? null : new RemoteTerms(lease, seal, caller);
    }

    private static @Nullable Duration lease(long millis) {
        return millis == 0 ? null : Duration.ofMillis(millis);
    }

    static boolean isDraining(Session session, long id) throws SQLException {
        return session.number(0, DRAINING, id) == 1;
    }

    /** Answers whether it lives. */
    static boolean drain(Session session, long id) throws SQLException {
        return session.update(DRAIN, id) == 1;
    }
}
