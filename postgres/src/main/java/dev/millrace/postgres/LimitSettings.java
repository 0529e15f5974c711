package dev.millrace.postgres;

import dev.millrace.job.Names;
import dev.millrace.store.LimitKey;
import dev.millrace.store.QueueLimits;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What limits queues, and which keys are paused. Whether a queue is gated is kept with its control
 * in the same transaction, since claims look there.
 */
final class LimitSettings {
    private final Sql sql;
    private final Controls controls;
    private final Runnable announce;
    private final String limits;
    private final String limit;
    private final String declare;
    private final String gate;
    private final String pause;
    private final String forget;
    private final String paused;
    private final String pausedOf;

    /**
     * @param announce tells workers that there may be work
     */
    LimitSettings(Sql sql, Controls controls, Runnable announce) {
        this.sql = sql;
        this.controls = controls;
        this.announce = announce;
        this.limits =
                sql.text(
                        "select queue, definition from {schema}.queue_limit where definition <>"
                                + " ''");
        this.limit =
                sql.text(
                        """
                        insert into {schema}.queue_limit (queue, definition, declared)
                        values (?, ?, '')
                        on conflict (queue) do update set definition = excluded.definition
                        """);
        this.declare =
                sql.text(
                        """
                        insert into {schema}.queue_limit as l (queue, definition, declared)
                        select i.queue, i.text, i.text
                        from (select ?::text as queue, ?::text as text) as i
                        on conflict (queue) do update
                        set definition = excluded.definition, declared = excluded.declared
                        where l.declared <> excluded.declared
                        """);
        this.gate =
                sql.text(
                        """
                        insert into {schema}.queue_control as c (queue, paused, gated)
                        select i.queue, false, i.gated
                        from (select ?::text as queue, ?::boolean as gated) as i
                        where i.gated or exists (
                            select from {schema}.queue_control as c where c.queue = i.queue)
                        on conflict (queue) do update set gated = excluded.gated
                        where c.gated <> excluded.gated
                        """);
        this.pause =
                sql.text(
                        """
                        insert into {schema}.key_pause as p (queue, name, value, until)
                        values (?, ?, ?, to_timestamp(?::float8 / 1000000))
                        on conflict (queue, name, value) do update set until = excluded.until
                        where p.until < excluded.until
                        """);
        this.forget =
                sql.text(
                        """
                        delete from {schema}.key_pause where ctid = any (array(
                            select ctid from {schema}.key_pause
                            where until <= to_timestamp(?::float8 / 1000000)
                            order by until limit 100 for update skip locked))
                        """);
        String some =
                """
                select p.queue, p.name, p.value, p.until from {schema}.key_pause as p
                """;
        String ahead = " where p.until > to_timestamp(?::float8 / 1000000)";
        this.paused = sql.text(some + ahead);
        this.pausedOf =
                sql.text(
                        some
                                + """
                                join unnest(?::text[], ?::text[], ?::text[])
                                    as i(queue, name, value) using (queue, name, value)
                                """
                                + ahead);
    }

    Map<String, QueueLimits> limits() {
        return sql.run(
                "read the limits of queues",
                connection -> {
                    var found = new TreeMap<String, QueueLimits>();
                    try (var statement = Sql.prepare(connection, limits);
                            var rows = statement.executeQuery()) {
                        while (rows.next()) {
                            found.put(rows.getString(1), QueueLimits.of(rows.getString(2)));
                        }
                    }
                    return found;
                });
    }

    void limit(String queue, QueueLimits wanted) {
        set(limit, queue, wanted);
    }

    void declare(String queue, QueueLimits wanted) {
        set(declare, queue, wanted);
    }

    private void set(String text, String queue, QueueLimits wanted) {
        Names.check("queue", queue);
        sql.transaction(
                "limit queue '%s'".formatted(queue),
                connection -> {
                    try (var statement = Sql.prepare(connection, text)) {
                        statement.setString(1, queue);
                        statement.setString(2, wanted.text());
                        return statement.executeUpdate() > 0 && gate(connection, queue, wanted);
                    }
                });
        controls.changed(queue);
        announce.run();
    }

    private boolean gate(Connection connection, String queue, QueueLimits wanted)
            throws SQLException {
        try (var statement = Sql.prepare(connection, gate)) {
            statement.setString(1, queue);
            statement.setBoolean(2, wanted.isGated());
            return statement.executeUpdate() > 0;
        }
    }

    void pause(LimitKey key, Instant until, Instant now) {
        sql.transaction(
                "pause " + key,
                connection -> {
                    try (var statement = Sql.prepare(connection, forget)) {
                        statement.setLong(1, Sql.micros(now));
                        statement.executeUpdate();
                    }
                    try (var statement = Sql.prepare(connection, pause)) {
                        statement.setString(1, key.queue());
                        statement.setString(2, key.name());
                        statement.setString(3, key.value());
                        statement.setLong(4, Sql.micros(until));
                        return statement.executeUpdate();
                    }
                });
    }

    Map<LimitKey, Instant> paused(Collection<LimitKey> keys, Instant now) {
        return sql.run(
                "look for pauses of %d keys".formatted(keys.size()),
                connection -> {
                    try (var statement = Sql.prepare(connection, pausedOf)) {
                        LimitRows.name(statement, keys);
                        statement.setLong(4, Sql.micros(now));
                        return read(statement);
                    }
                });
    }

    /** Every key that is paused now. */
    Map<LimitKey, Instant> paused(Connection connection, Instant now) throws SQLException {
        try (var statement = Sql.prepare(connection, paused)) {
            statement.setLong(1, Sql.micros(now));
            return read(statement);
        }
    }

    private static Map<LimitKey, Instant> read(PreparedStatement statement) throws SQLException {
        var found = new HashMap<LimitKey, Instant>();
        try (var rows = statement.executeQuery()) {
            while (rows.next()) {
                found.put(
                        new LimitKey(rows.getString(1), rows.getString(2), rows.getString(3)),
                        rows.getObject(4, OffsetDateTime.class).toInstant());
            }
        }
        return found;
    }
}
