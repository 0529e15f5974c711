package dev.millrace.postgres;

import dev.millrace.job.MillraceException;
import dev.millrace.store.DueSchedules;
import dev.millrace.store.SchedulePut;
import dev.millrace.store.ScheduleRow;
import dev.millrace.store.ScheduleState;
import dev.millrace.store.ScheduleStep;
import dev.millrace.store.ScheduleStore;
import dev.millrace.store.ScheduleTerms;
import dev.millrace.store.Stepped;
import dev.millrace.store.TickRow;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Schedules and their ticks, looked at and cleared away; {@link ScheduleWrites} changes them. */
final class ScheduleRows implements ScheduleStore {
    private final Sql sql;
    private final ScheduleWrites writes;
    private final Runnable announce;
    private final String find;
    private final String list;
    private final String remove;
    private final String due;
    private final String ended;
    private final String kept;
    private final String ticks;
    private final String pruneTicks;
    private final String pruneEnded;

    /**
     * @param announce tells of work, and that schedules changed
     */
    ScheduleRows(Sql sql, Enqueues enqueues, Runnable announce) {
        this.sql = sql;
        this.writes = new ScheduleWrites(sql, enqueues, announce);
        this.announce = announce;
        String columns =
                """
                s.id, s.name, s.declared, s.version, s.queue, s.kind, s.definition, s.created_at,
                s.changed_at, t.revision, t.paused, t.due_at, t.next_at, t.awaited, t.queued_at,
                t.last_at, t.last_job
                """;
        String rows =
                "select "
                        + columns
                        + """
                        from {schema}.schedule as s
                        join {schema}.schedule_state as t on t.schedule_id = s.id
                        """;
        this.find = sql.text(rows + "where s.name = ?");
        this.list =
                sql.text(
                        rows
                                + """
                                where s.name > ? and s.name >= ? and s.name < ?
                                order by s.name limit ?
                                """);
        // the state first, as those do who change a schedule: so neither waits for the other
        this.remove =
                sql.text(
                        """
                        with held as materialized (
                            select s.id from {schema}.schedule as s
                            join {schema}.schedule_state as t on t.schedule_id = s.id
                            where s.name = ? for update of t),
                        gone as (
                            delete from {schema}.schedule
                            where id in (select id from held) returning id),
                        states as (
                            delete from {schema}.schedule_state
                            where schedule_id in (select id from gone))
                        select count(*) from gone
                        """);
        this.due =
                sql.text(
                        "select n.next, "
                                + columns
                                + """
                                from (select (
                                    select t.due_at from {schema}.schedule_state as t
                                    where not t.paused and t.due_at > ?
                                    order by t.due_at limit 1) as next) as n
                                left join (
                                    select * from {schema}.schedule_state as t
                                    where not t.paused and t.due_at <= ?
                                    order by t.due_at, t.schedule_id limit ?) as t on true
                                left join {schema}.schedule as s on s.id = t.schedule_id
                                order by t.due_at, t.schedule_id
                                """);
        this.ended =
                sql.text(
                        """
                        update {schema}.schedule_state set due_at = ?
                        where awaited = any (?) and due_at > ?
                        """);
        this.kept = sql.text("select id from {schema}.job where id = any (?)");
        this.ticks =
                sql.text(
                        """
                        select at, job_id, triggered from {schema}.tick
                        where schedule_id = ? and at < ? order by at desc limit ?
                        """);
        this.pruneTicks =
                sql.text(
                        """
                        delete from {schema}.tick where ctid = any (array(
                            select ctid from {schema}.tick where at < ?
                            order by at limit ? for update skip locked))
                        """);
        this.pruneEnded =
                sql.text(
                        """
                        with gone as (
                            delete from {schema}.schedule_state where schedule_id = any (array(
                                select t.schedule_id from {schema}.schedule_state as t
                                join {schema}.schedule as s on s.id = t.schedule_id
                                where t.due_at is null and not t.paused
                                    and coalesce(t.last_at, 0) < ? and s.changed_at < ?
                                    and not s.declared
                                limit ? for update of t skip locked))
                            returning schedule_id)
                        delete from {schema}.schedule where id in (select schedule_id from gone)
                        """);
    }

    @Override
    public List<Boolean> put(List<SchedulePut> puts) {
        few("schedules are stored", puts.size());
        return puts.isEmpty() ? List.of() : writes.put(puts);
    }

    @Override
    public List<Stepped> step(List<ScheduleStep> steps) {
        few("schedules step", steps.size());
        return steps.isEmpty() ? List.of() : writes.step(steps);
    }

    @Override
    public Optional<ScheduleRow> find(String name) {
        return sql.run(
                "find schedule '%s'".formatted(name),
                connection -> {
                    try (var statement = Sql.prepare(connection, find)) {
                        statement.setString(1, name);
                        try (var rows = statement.executeQuery()) {
                            return rows.next() ? Optional.of(row(rows)) : Optional.empty();
                        }
                    }
                });
    }

    @Override
    public List<ScheduleRow> list(String prefix, @Nullable String after, int limit) {
        few("schedules are listed", limit);
        return sql.run(
                "list schedules",
                connection -> {
                    try (var statement = Sql.prepare(connection, list)) {
                        statement.setString(1, after == null ? "" : after);
                        statement.setString(2, prefix);
                        statement.setString(3, prefix + "~");
                        statement.setInt(4, limit);
                        var found = new ArrayList<ScheduleRow>();
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                found.add(row(rows));
                            }
                        }
                        return found;
                    }
                });
    }

    @Override
    public boolean remove(String name) {
        return sql.run(
                "remove schedule '%s'".formatted(name),
                connection -> {
                    try (var statement = Sql.prepare(connection, remove)) {
                        statement.setString(1, name);
                        try (var row = statement.executeQuery()) {
                            return row.next() && row.getLong(1) == 1;
                        }
                    }
                });
    }

    @Override
    public DueSchedules due(Instant now, int max) {
        few("schedules are looked at", max);
        return sql.run("look for due schedules", connection -> due(connection, now, max));
    }

    private DueSchedules due(Connection connection, Instant now, int max) throws SQLException {
        try (var statement = Sql.prepare(connection, due)) {
            statement.setLong(1, Sql.micros(now));
            statement.setLong(2, Sql.micros(now));
            statement.setInt(3, max);
            var found = new ArrayList<ScheduleRow>();
            Instant next = null;
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    next = moment(rows, "next");
                    // a state without its schedule is just being removed
                    if (rows.getString("name") != null) {
                        found.add(row(rows));
                    }
                }
            }
            return new DueSchedules(found, next);
        }
    }

    @Override
    public int ended(Collection<Long> jobIds, Instant now) {
        few("jobs have ended", jobIds.size());
        int found =
                sql.run(
                        "look at the schedules of %d ended jobs".formatted(jobIds.size()),
                        connection -> {
                            try (var statement = Sql.prepare(connection, ended)) {
                                statement.setLong(1, Sql.micros(now));
                                statement.setObject(2, ids(jobIds));
                                statement.setLong(3, Sql.micros(now));
                                return statement.executeUpdate();
                            }
                        });
        if (found > 0) {
            announce.run();
        }
        return found;
    }

    @Override
    public Set<Long> kept(Collection<Long> jobIds) {
        few("jobs are looked for", jobIds.size());
        return sql.run(
                "look for %d jobs".formatted(jobIds.size()),
                connection -> {
                    try (var statement = Sql.prepare(connection, kept)) {
                        statement.setObject(1, ids(jobIds));
                        var found = new HashSet<Long>();
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                found.add(rows.getLong(1));
                            }
                        }
                        return found;
                    }
                });
    }

    private static long[] ids(Collection<Long> jobIds) {
        return jobIds.stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public List<TickRow> ticks(long scheduleId, @Nullable Instant before, int limit) {
        few("ticks are listed", limit);
        return sql.run(
                "list ticks",
                connection -> {
                    try (var statement = Sql.prepare(connection, ticks)) {
                        statement.setLong(1, scheduleId);
                        statement.setLong(2, before == null ? Long.MAX_VALUE : Sql.micros(before));
                        statement.setInt(3, limit);
                        var found = new ArrayList<TickRow>();
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                found.add(
                                        new TickRow(
                                                Sql.instant(rows.getLong(1)),
                                                rows.getObject(2, Long.class),
                                                rows.getBoolean(3)));
                            }
                        }
                        return found;
                    }
                });
    }

    @Override
    public int prune(Instant before, int max) {
        few("rows are pruned", max);
        return sql.run(
                "prune ticks",
                connection -> {
                    int gone;
                    try (var statement = Sql.prepare(connection, pruneTicks)) {
                        statement.setLong(1, Sql.micros(before));
                        statement.setInt(2, max);
                        gone = statement.executeUpdate();
                    }
                    try (var statement = Sql.prepare(connection, pruneEnded)) {
                        statement.setLong(1, Sql.micros(before));
                        statement.setLong(2, Sql.micros(before));
                        statement.setInt(3, max);
                        return gone + statement.executeUpdate();
                    }
                });
    }

    private static ScheduleRow row(ResultSet row) throws SQLException {
        return new ScheduleRow(
                row.getLong("id"),
                row.getString("name"),
                new ScheduleTerms(
                        row.getBoolean("declared"),
                        row.getInt("version"),
                        row.getString("queue"),
                        row.getString("kind"),
                        row.getString("definition")),
                Sql.instant(row.getLong("created_at")),
                Sql.instant(row.getLong("changed_at")),
                new ScheduleState(
                        row.getLong("revision"),
                        row.getBoolean("paused"),
                        moment(row, "due_at"),
                        moment(row, "next_at"),
                        row.getObject("awaited", Long.class),
                        moment(row, "queued_at"),
                        moment(row, "last_at"),
                        row.getObject("last_job", Long.class)));
    }

    private static @Nullable Instant moment(ResultSet row, String column) throws SQLException {
        long micros = row.getLong(column);
        return row.wasNull() ? null : Sql.instant(micros);
    }

    private static void few(String what, int count) {
        if (count > MOST) {
            throw MillraceException.invalid(
                    "%s at most %d at once, got %d; nothing was done".formatted(what, MOST, count));
        }
    }
}
