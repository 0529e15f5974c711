package dev.millrace.sqlite;

import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.QueueControl;

import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What is set on queues. Claims go by what was read a moment ago, so that those from queues with
 * nothing set ask nothing; pulses refresh it. Thread-safe.
 */
final class Controls {
    private static final long FRESH_NANOS = Duration.ofMillis(700).toNanos();
    private static final String ALL =
            "SELECT id, paused, max_running, queue, gated FROM queue_control";
    private static final String ONE =
            "SELECT id, paused, max_running, queue, gated FROM queue_control WHERE queue = ?";
    private static final String SET =
            """
            INSERT INTO queue_control (queue, id, paused, max_running)
            VALUES (?1, (SELECT count(*) + 1 FROM queue_control), ?2, ?3)
            ON CONFLICT (queue) DO UPDATE
            SET paused = CASE WHEN ?4 THEN excluded.paused ELSE paused END,
              max_running = CASE WHEN ?5 THEN excluded.max_running ELSE max_running END\
            """;
    private static final String GATE =
            """
            INSERT INTO queue_control (queue, id, paused, gated)
            SELECT ?1, (SELECT count(*) + 1 FROM queue_control), 0, ?2
            WHERE ?2 OR EXISTS (SELECT 1 FROM queue_control WHERE queue = ?1)
            ON CONFLICT (queue) DO UPDATE SET gated = excluded.gated\
            """;
    private static final String RUNNING =
            """
            SELECT (SELECT count(*) FROM
                (SELECT 1 FROM running WHERE limited = ?1 AND limited > 0 LIMIT ?2))
              + (SELECT count(*) FROM
                (SELECT 1 FROM running WHERE limited = -1 - ?1 AND limited < 0 LIMIT ?2))\
            """;

    /**
     * A queue's row.
     *
     * @param id 1 and up
     */
    record Row(long id, QueueControl control) {
        /** What stands for a queue without a row. */
        static final Row NONE = new Row(0, QueueControl.NONE);
    }

    /**
     * What a claim may take.
     *
     * @param most how many jobs
     * @param limited what its running rows carry
     * @param gated whether only jobs that were admitted
     */
    record Allowance(int most, long limited, boolean gated) {}

    /** What was read at a time; a new object each time. */
    static final class Reading {
        private final Map<String, Row> rows;
        private final long at;

        private Reading(Map<String, Row> rows, long at) {
            this.rows = rows;
            this.at = at;
        }

        private boolean isFresh() {
            return System.nanoTime() - at < FRESH_NANOS;
        }
    }

    private final AtomicReference<Reading> latest = new AtomicReference<>(outdated());

    private static Reading outdated() {
        return new Reading(Map.of(), System.nanoTime() - FRESH_NANOS);
    }

    /** Whether a queue is known to be paused, without asking. */
    boolean isPaused(String queue) {
        var known = latest.get();
        var row = known.rows.get(queue);
        return row != null && row.control().paused() && known.isFresh();
    }

    /** What the latest reading was; to be taken before the look whose answer is kept. */
    Reading latest() {
        return latest.get();
    }

    /**
     * Reads what is set on all queues, and keeps it unless that was overtaken.
     *
     * @param before the latest reading from before the snapshot that is looked at
     */
    Map<String, Row> refresh(Session session, Reading before) throws SQLException {
        long at = System.nanoTime();
        var rows = all(session);
        latest.compareAndSet(before, new Reading(rows, at));
        return rows;
    }

    /** Forgets what was read, since it has changed. */
    void forget() {
        latest.set(outdated());
    }

    /** What a claim may take from a queue; exact for a limited one. Only inside a transaction. */
    Allowance allowance(Session session, String queue, int wanted) throws SQLException {
        var known = latest.get();
        var rows = known.isFresh() ? known.rows : refresh(session, known);
        var row = rows.getOrDefault(queue, Row.NONE);
        if (row.control().maxRunning() != null) {
            row = one(session, queue);
        }
        if (row.control().paused()) {
            return new Allowance(0, 0, false);
        }
        var limit = row.control().maxRunning();
        if (limit == null) {
            return new Allowance(wanted, 0, row.control().gated());
        }
        int running = (int) session.number(0, RUNNING, row.id(), limit);
        return new Allowance(Math.min(wanted, limit - running), row.id(), row.control().gated());
    }

    /** What is set on all queues, by name; rows with nothing set included. */
    static Map<String, Row> all(Session session) throws SQLException {
        var found = new TreeMap<String, Row>();
        try (var rows = session.prepare(ALL).executeQuery()) {
            while (rows.next()) {
                found.put(rows.getString(4), row(rows));
            }
        }
        return found;
    }

    /** What is set on a queue. */
    static Row one(Session session, String queue) throws SQLException {
        var one = session.prepare(ONE);
        one.setString(1, queue);
        try (var rows = one.executeQuery()) {
            return rows.next() ? row(rows) : Row.NONE;
        }
    }

    /** Changes it, and has workers look again since there may be more to claim. */
    static void set(Transaction transaction, String queue, QueueControl.Change change)
            throws SQLException {
        var set = transaction.session().prepare(SET);
        set.setString(1, queue);
        set.setInt(2, change.applyTo(QueueControl.NONE).paused() ? 1 : 0);
        Integer limit = change.maxRunning();
        if (limit == null) {
            set.setNull(3, Types.INTEGER);
        } else {
            set.setInt(3, limit);
        }
        set.setBoolean(4, change.paused() != null);
        set.setBoolean(5, change.saysLimit());
        set.executeUpdate();
        transaction.take(Counter.POSITION, 1);
    }

    /** Has only admitted jobs of a queue claimed, or those without keys as well. */
    static void gate(Session session, String queue, boolean gated) throws SQLException {
        var gate = session.prepare(GATE);
        gate.setString(1, queue);
        gate.setBoolean(2, gated);
        gate.executeUpdate();
    }

    private static Row row(ResultSet rows) throws SQLException {
        int limit = rows.getInt(3);
        @Nullable Integer maxRunning = rows.wasNull() ? null : limit;
        return new Row(
                rows.getLong(1),
                new QueueControl(rows.getInt(2) == 1, maxRunning, rows.getInt(5) == 1));
    }
}
