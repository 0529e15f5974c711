package dev.millrace.postgres;

import dev.millrace.store.QueueControl;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What people set on queues. Known here as of the last pulse or the last change made here, so that
 * a claim from a queue on which nothing is set costs nothing more; a claim under a limit looks at
 * the row itself. Thread-safe.
 */
final class Controls {
    private final Sql sql;
    private final Map<String, QueueControl> known = new ConcurrentHashMap<>();
    private final AtomicLong changes = new AtomicLong();

    /** So that what is kept last is what was set last. */
    private final ReentrantLock setting = new ReentrantLock();

    private final String set;
    private final String get;
    private final String all;

    Controls(Sql sql) {
        this.sql = sql;
        this.set =
                sql.text(
                        """
                        insert into {schema}.queue_control as c (queue, paused, max_running)
                        values (?, ?, ?)
                        on conflict (queue) do update
                        set paused = case when ? then excluded.paused else c.paused end,
                            max_running = case when ? then excluded.max_running
                                else c.max_running end
                        returning c.queue, c.paused, c.max_running, c.gated
                        """);
        this.get =
                sql.text(
                        """
                        select queue, paused, max_running, gated from {schema}.queue_control
                        where queue = ?
                        """);
        this.all =
                sql.text(
                        """
                        select queue, paused, max_running, gated from {schema}.queue_control
                        where paused or max_running is not null or gated
                        """);
    }

    /** A claim's statement for a queue without a limit. */
    static String unlimited(String claim) {
        return claim.replace("{room}", "")
                .replace("{most}", "?")
                .replace("{limited}", "")
                .replace("{limit-id}", "");
    }

    /**
     * A claim's statement for a queue under a limit, to be filled from {@link #name} on and run by
     * {@link #claimed}. It is two statements sent as one, which the server runs in one transaction:
     * the first waits until no other claim from the queue is under way, the second sees what those
     * before it took.
     */
    String limited(String claim) {
        return sql.text(
                """
                select id from {schema}.queue_control where queue = ? for no key update;
                """
                        + claim.replace(
                                        "{room}",
                                        """
                                        room as materialized (
                                            select case when c.max_running is null then 0
                                                    else c.id end as id,
                                                case when c.paused then 0
                                                    when c.max_running is null then 1000000
                                                    else greatest(0, c.max_running - (
                                                        select count(*) from (
                                                            select from {schema}.running as r
                                                            where r.limited = c.id
                                                                and r.limited > 0
                                                            order by r.limited
                                                            limit c.max_running) as x) - (
                                                        select count(*) from (
                                                            select from {schema}.running as r
                                                            where r.limited = -1 - c.id
                                                                and r.limited < 0
                                                            order by r.limited
                                                            limit c.max_running) as x))
                                                    end as free
                                            from {schema}.queue_control as c where c.queue = ?),
                                        """)
                                .replace(
                                        "{most}",
                                        "coalesce((select least(?::bigint, free) from room), 0)")
                                .replace("{limited}", ", limited")
                                .replace("{limit-id}", ", (select id from room)"));
    }

    /** Fills in the queue of a claim under a limit; answers the place of the next parameter. */
    static int name(PreparedStatement statement, String queue) throws SQLException {
        statement.setString(1, queue);
        statement.setString(2, queue);
        return 3;
    }

    /** Runs a claim; the rows of its last statement. */
    static ResultSet claimed(PreparedStatement statement) throws SQLException {
        statement.execute();
        ResultSet rows = statement.getResultSet();
        if (statement.getMoreResults(Statement.KEEP_CURRENT_RESULT)) {
            rows = statement.getResultSet();
        }
        return rows;
    }

    /**
     * What is set on a queue, as of the last pulse; looked up where no pulse has asked about it
     * yet, so that a worker that has just started does not pass over a pause or a limit.
     */
    QueueControl of(String queue) {
        QueueControl control = known.get(queue);
        if (control != null) {
            return control;
        }
        QueueControl now = get(queue);
        QueueControl other = known.putIfAbsent(queue, now);
        return other == null ? now : other;
    }

    /** A number that changes with each change made here. */
    long changes() {
        return changes.get();
    }

    /**
     * Learns from a pulse.
     *
     * @param asked the queues it asked about
     * @param found what is set on those on which something is
     * @param before {@link #changes} before it was sent; what was changed here since is newer
     */
    void learn(Collection<String> asked, Map<String, QueueControl> found, long before) {
        for (String queue : asked) {
            QueueControl control = found.get(queue);
            if (changes.get() != before) {
                return;
            }
            keep(queue, control);
        }
    }

    private void keep(String queue, @Nullable QueueControl control) {
        known.put(queue, control == null ? QueueControl.NONE : control);
    }

    /** Changes what is set, and answers what is set now. */
    QueueControl set(String queue, QueueControl.Change change) {
        setting.lock();
        try {
            QueueControl now =
                    sql.run(
                            "control queue '%s'".formatted(queue),
                            connection -> set(connection, queue, change));
            changes.incrementAndGet();
            keep(queue, now);
            return now;
        } finally {
            setting.unlock();
        }
    }

    private QueueControl set(Connection connection, String queue, QueueControl.Change change)
            throws SQLException {
        try (var statement = Sql.prepare(connection, set)) {
            statement.setString(1, queue);
            statement.setBoolean(2, change.applyTo(QueueControl.NONE).paused());
            statement.setObject(3, change.maxRunning(), java.sql.Types.INTEGER);
            statement.setBoolean(4, change.paused() != null);
            statement.setBoolean(5, change.saysLimit());
            return read(statement).getOrDefault(queue, QueueControl.NONE);
        }
    }

    /** What is set on a queue was changed otherwise; it is looked up when it is needed. */
    void changed(String queue) {
        setting.lock();
        try {
            changes.incrementAndGet();
            known.remove(queue);
        } finally {
            setting.unlock();
        }
    }

    QueueControl get(String queue) {
        return sql.run(
                "read the control of queue '%s'".formatted(queue),
                connection -> {
                    try (var statement = Sql.prepare(connection, get)) {
                        statement.setString(1, queue);
                        return read(statement).getOrDefault(queue, QueueControl.NONE);
                    }
                });
    }

    /** Every queue on which something is set. */
    Map<String, QueueControl> all(Connection connection) throws SQLException {
        try (var statement = Sql.prepare(connection, all)) {
            return read(statement);
        }
    }

    private static Map<String, QueueControl> read(PreparedStatement statement) throws SQLException {
        var controls = new TreeMap<String, QueueControl>();
        try (var rows = statement.executeQuery()) {
            while (rows.next()) {
                controls.put(
                        rows.getString(1),
                        new QueueControl(
                                rows.getBoolean(2),
                                rows.getObject(3, Integer.class),
                                rows.getBoolean(4)));
            }
        }
        return controls;
    }
}
