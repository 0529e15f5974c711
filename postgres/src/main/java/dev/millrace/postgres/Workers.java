package dev.millrace.postgres;

import dev.millrace.job.KindVersion;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.QueueControl;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The worker table: who is there, who still beats, what each holds. */
final class Workers {
    private static final int SELF = 0;
    private static final int OTHER = 1;
    private static final int WORK = 2;
    private static final int CANCELLED = 3;
    private static final int CONTROL = 4;
    private static final int EXPIRY = 5;
    private static final int REQUEST = 6;
    private static final int STACK = 7;
    private static final int UNANSWERED = 8;

    /** How long a request for a running job may stand before it is looked at again. */
    private static final Duration BETWEEN_REQUESTS = Duration.ofSeconds(1);

    // Looks may walk over the dead rows that an old snapshot keeps; beats must not wait for them.
    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int SLOW_LOOK_SECONDS = 5;

    private final Sql sql;
    private final Lifeline lifeline;
    private final Controls controls;
    private volatile boolean slow;
    private final String insert;
    private final String delete;
    private final String beat;
    private final String beatAlone;
    private final String look;
    private final String held;
    private final String all;

    Workers(Sql sql, Lifeline lifeline, Controls controls) {
        this.sql = sql;
        this.lifeline = lifeline;
        this.controls = controls;
        this.insert =
                sql.text(
                        """
                        insert into {schema}.worker (name, version, queues, beat, running, locked,
                            dead, started_at, last_beat_at)
                        select ?, ?, ?, 0, 0, false, false, s.at, s.at
                        from (select to_timestamp(?::float8 / 1000000) as at) as s
                        returning id
                        """);
        this.delete =
                sql.text(
                        """
                        delete from {schema}.worker as w where w.id = ? and not exists (
                            select from {schema}.running as r where r.worker_id = w.id)
                        """);
        String locks =
                """
                with locks as materialized (
                    select objid::bigint as id from pg_locks
                    where locktype = 'advisory' and classid::bigint = ? and objsubid = 2 and granted
                        and database = (
                            select oid from pg_database where datname = current_database())),
                """;
        // Every probe is ordered by its whole index and limited outside of any EXISTS, which would
        // forget both; the probe for work starts at the end where jobs enter.
        String rest =
                """
                me as (select id from {schema}.worker where id = ? and not dead)
                select 0 as tag, (select count(*) from me) as id,
                    case when ?::boolean then (
                        select count(*) from (
                            select from {schema}.running
                            where worker_id = ? order by worker_id, job_id limit 100000) as x)
                        else 0 end as beat,
                    null as name, 0 as lock, false as dead,
                    (select run_at from {schema}.scheduled order by run_at, job_id limit 1) as due
                union all
                select 1, w.id, w.beat, w.name,
                    case when not w.locked then 0 when w.id in (select id from locks) then 1 else 2 end,
                    w.dead, null
                from {schema}.worker as w where w.id <> ?
                union all
                select 2, 0, 0, s.queue, 0, false, null
                from (
                    select distinct i.queue
                    from unnest(?::text[], ?::text[], ?::int[]) as i(queue, kind, version)
                        join {schema}.lane as l using (queue, kind, version), lateral (
                            select 1 from {schema}.available as a where a.lane = l.id
                            order by a.lane desc, a.priority desc, a.pos desc limit 1) as x) as s
                union all
                select 3, c.job_id, 0, c.reason, 0, false, null
                from (
                    select c.job_id, c.reason from {schema}.cancel_request as c, lateral (
                        select 1 from {schema}.running as r
                        where r.worker_id = ? and r.job_id = c.job_id limit 1) as r
                    limit 1000) as c
                union all
                select 4, coalesce(c.max_running, 0), 0, c.queue, 0, c.paused, null
                from {schema}.queue_control as c
                where c.queue = any (?::text[]) and (c.paused or c.max_running is not null)
                union all
                select 5, 0, 0, null, 0, false, e.expires_at
                from (
                    select expires_at from {schema}.expiry
                    order by expires_at, job_id limit 1) as e
                union all
                select 6, 0, 0, null, 0, false, null
                from (select from {schema}.cancel_request limit 1) as c
                union all
                select 7, s.job_id, 0, null, 0, false, null
                from (
                    select s.job_id from {schema}.stack_request as s, lateral (
                        select 1 from {schema}.running as r
                        where r.worker_id = ? and r.job_id = s.job_id limit 1) as r
                    limit 100) as s
                union all
                select 8, 0, 0, null, 0, false, s.due
                from (
                    select min(asked_at) + interval '1 minute' as due
                    from {schema}.stack_request) as s
                where s.due is not null
                """;
        // A worker that says it is locked and is not has lost its lock's connection: it lives.
        this.look =
                sql.text(
                        locks
                                + """
                                told as (
                                    update {schema}.worker
                                    set running = ?, stuck = ?,
                                        queues = coalesce(?::text, queues),
                                        beat = beat + case
                                            when locked and id not in (select id from locks) then 1
                                            else 0 end,
                                        locked = locked and id in (select id from locks)
                                    where id = ? and not dead and (
                                        running <> ? or stuck <> ? or ?::text is not null
                                        or locked and id not in (select id from locks))),
                                """
                                + rest);
        this.beat =
                sql.text(
                        locks
                                + """
                                beaten as (
                                    update {schema}.worker
                                    set beat = beat + 1, running = ?, stuck = ?,
                                        queues = coalesce(?::text, queues),
                                        last_beat_at = to_timestamp(?::float8 / 1000000),
                                        locked = locked and id in (select id from locks)
                                    where id = ? and not dead),
                                """
                                + rest);
        this.beatAlone =
                sql.text(
                        """
                        update {schema}.worker
                        set beat = beat + 1, running = ?, stuck = ?,
                            queues = coalesce(?::text, queues),
                            last_beat_at = to_timestamp(?::float8 / 1000000)
                        where id = ? and not dead
                        """);
        this.held =
                sql.text(
                        """
                        select job_id, claim_id from {schema}.running
                        where worker_id = ? and job_id > ? order by job_id limit ?
                        """);
        this.all = sql.text("select * from {schema}.worker order by id");
    }

    long insert(WorkerInfo info) {
        return lifeline.run(
                "register worker '%s'".formatted(info.name()),
                connection -> {
                    try (var statement = connection.prepareStatement(insert)) {
                        statement.setString(1, info.name());
                        statement.setString(2, info.version());
                        statement.setString(3, Texts.queues(info.queues()));
                        statement.setLong(4, Sql.micros(info.startedAt()));
                        try (var row = statement.executeQuery()) {
                            row.next();
                            return row.getLong(1);
                        }
                    }
                });
    }

    /** Forgets a worker that holds nothing; one that still holds jobs is left to its rescue. */
    void delete(long workerId) {
        lifeline.run(
                "deregister worker %d".formatted(workerId),
                connection -> {
                    try (var statement = connection.prepareStatement(delete)) {
                        statement.setLong(1, workerId);
                        return statement.executeUpdate();
                    }
                });
    }

    /**
     * Beats and looks in one statement. While looks are slow the beat goes first, by itself, the
     * running rows are counted only with it, and a look has an end.
     */
    PulseAnswer pulse(Pulse pulse) {
        long before = controls.changes();
        PulseAnswer answer = look(pulse);
        controls.learn(asked(pulse), answer.controls(), before);
        return answer;
    }

    private PulseAnswer look(Pulse pulse) {
        return lifeline.run(
                "pulse of worker %d".formatted(pulse.workerId()),
                connection -> {
                    boolean apart = slow;
                    if (apart && pulse.beat()) {
                        beatAlone(connection, pulse);
                    }
                    boolean beats = pulse.beat() && !apart;
                    long began = System.nanoTime();
                    try (var statement = Sql.prepare(connection, beats ? beat : look)) {
                        if (apart) {
                            statement.setQueryTimeout(SLOW_LOOK_SECONDS);
                        }
                        fill(statement, pulse, beats, !apart || pulse.beat());
                        try (var rows = statement.executeQuery()) {
                            return answer(rows, pulse.now());
                        }
                    } finally {
                        // Only a look that counts can tell that all is well again.
                        long took = System.nanoTime() - began;
                        slow = took > SLOW_NANOS || apart && !pulse.beat();
                    }
                });
    }

    private void beatAlone(Connection connection, Pulse pulse) throws SQLException {
        try (var statement = Sql.prepare(connection, beatAlone)) {
            int at = said(statement, pulse, 1);
            statement.setLong(at++, Sql.micros(pulse.now()));
            statement.setLong(at, pulse.workerId());
            statement.executeUpdate();
        }
    }

    private static int said(PreparedStatement statement, Pulse pulse, int at) throws SQLException {
        var slots = pulse.slots();
        statement.setInt(at++, pulse.running());
        statement.setInt(at++, pulse.stuck());
        statement.setString(at++, slots == null ? null : Texts.queues(slots));
        return at;
    }

    private void fill(PreparedStatement statement, Pulse pulse, boolean beats, boolean counts)
            throws SQLException {
        int at = 1;
        statement.setLong(at++, sql.schema().livenessLocks());
        at = said(statement, pulse, at);
        if (beats) {
            statement.setLong(at++, Sql.micros(pulse.now()));
            statement.setLong(at++, pulse.workerId());
        } else {
            statement.setLong(at++, pulse.workerId());
            at = said(statement, pulse, at);
        }
        statement.setLong(at++, pulse.workerId());
        statement.setBoolean(at++, counts);
        statement.setLong(at++, pulse.workerId());
        statement.setLong(at++, pulse.workerId());
        var queues = new ArrayList<String>();
        var kinds = new ArrayList<KindVersion>();
        for (Pulse.Scope scope : pulse.scopes()) {
            for (KindVersion kind : scope.kinds()) {
                queues.add(scope.queue());
                kinds.add(kind);
            }
        }
        statement.setObject(at++, queues.toArray(String[]::new));
        statement.setObject(at++, kinds.stream().map(KindVersion::kind).toArray(String[]::new));
        statement.setObject(at++, kinds.stream().mapToInt(KindVersion::version).toArray());
        statement.setLong(at++, pulse.workerId());
        statement.setObject(at++, asked(pulse).toArray(String[]::new));
        statement.setLong(at, pulse.workerId());
    }

    private static List<String> asked(Pulse pulse) {
        return pulse.scopes().stream().map(Pulse.Scope::queue).distinct().toList();
    }

    private static PulseAnswer answer(ResultSet rows, Instant now) throws SQLException {
        boolean alive = false;
        int running = 0;
        Instant nextDue = null;
        var others = new ArrayList<Sighting>();
        var queues = new HashSet<String>();
        var cancelled = new HashMap<Long, String>();
        var controls = new HashMap<String, QueueControl>();
        var stacks = new HashSet<Long>();
        Instant nextSettle = null;
        while (rows.next()) {
            switch (rows.getInt("tag")) {
                case SELF -> {
                    alive = rows.getLong("id") > 0;
                    running = (int) rows.getLong("beat");
                    nextDue = moment(rows.getObject("due", OffsetDateTime.class));
                }
                case OTHER ->
                        others.add(
                                new Sighting(
                                        rows.getLong("id"),
                                        rows.getString("name"),
                                        rows.getLong("beat"),
                                        lock(rows.getInt("lock")),
                                        rows.getBoolean("dead")));
                case WORK -> queues.add(rows.getString("name"));
                case CANCELLED -> cancelled.put(rows.getLong("id"), rows.getString("name"));
                case CONTROL -> controls.put(rows.getString("name"), control(rows));
                case STACK -> stacks.add(rows.getLong("id"));
                case EXPIRY, UNANSWERED ->
                        nextSettle =
                                earlier(
                                        nextSettle,
                                        moment(rows.getObject("due", OffsetDateTime.class)));
                case REQUEST -> nextSettle = earlier(nextSettle, now.plus(BETWEEN_REQUESTS));
                default -> throw new IllegalStateException("a pulse answered " + rows.getInt(1));
            }
        }
        return new PulseAnswer(
                alive, running, others, nextDue, queues, cancelled, stacks, nextSettle, controls);
    }

    private static QueueControl control(ResultSet rows) throws SQLException {
        int most = (int) rows.getLong("id");
        return new QueueControl(rows.getBoolean("dead"), most == 0 ? null : most);
    }

    static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isBefore(other) ? one : other;
    }

    private static Lock lock(int code) {
        return switch (code) {
            case 1 -> Lock.HELD;
            case 2 -> Lock.FREE;
            default -> Lock.UNKNOWN;
        };
    }

    static @Nullable Instant moment(@Nullable OffsetDateTime moment) {
        return moment == null ? null : moment.toInstant();
    }

    List<JobClaim> held(long workerId, long afterJobId, int max) {
        return lifeline.run(
                "list jobs held by worker %d".formatted(workerId),
                connection -> {
                    try (var statement = Sql.prepare(connection, held)) {
                        statement.setLong(1, workerId);
                        statement.setLong(2, afterJobId);
                        statement.setInt(3, max);
                        var claims = new ArrayList<JobClaim>();
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                claims.add(new JobClaim(rows.getLong(1), rows.getLong(2)));
                            }
                        }
                        return claims;
                    }
                });
    }

    List<WorkerSnapshot> all() {
        return sql.run(
                "list workers",
                connection -> {
                    try (var statement = connection.prepareStatement(all);
                            var rows = statement.executeQuery()) {
                        var workers = new ArrayList<WorkerSnapshot>();
                        while (rows.next()) {
                            workers.add(
                                    new WorkerSnapshot(
                                            rows.getLong("id"),
                                            rows.getString("name"),
                                            rows.getString("version"),
                                            Texts.queues(rows.getString("queues")),
                                            rows.getInt("running"),
                                            rows.getInt("stuck"),
                                            Sql.instant(rows, "started_at"),
                                            Sql.instant(rows, "last_beat_at"),
                                            rows.getBoolean("dead")));
                        }
                        return workers;
                    }
                });
    }
}
