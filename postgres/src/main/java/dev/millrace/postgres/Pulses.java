package dev.millrace.postgres;

import dev.millrace.job.KindVersion;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.QueueControl;

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

/**
 * The pulse: a worker's beat and its look at everything that concerns it, in one statement. Looks
 * over everything are rationed, see {@link Sweeps}.
 */
final class Pulses {
    private static final int SELF = 0;
    private static final int OTHER = 1;
    private static final int WORK = 2;
    private static final int CANCELLED = 3;
    private static final int CONTROL = 4;
    private static final int EXPIRY = 5;
    private static final int REQUEST = 6;
    private static final int DUE = 7;
    private static final int LAST_REQUEST = 8;
    private static final int STACK = 9;
    private static final int UNANSWERED = 10;
    private static final int GATE = 11;

    /** How long a request for a running job may stand before it is looked at again. */
    private static final Duration BETWEEN_REQUESTS = Duration.ofSeconds(1);

    // Looks may walk over the dead rows that an old snapshot keeps; beats must not wait for them.
    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int SLOW_LOOK_SECONDS = 5;

    private final Sql sql;
    private final Lifeline lifeline;
    private final Controls controls;
    private final DueFloor due;
    private final DueFloor expiries;
    private final WorkFloors work = new WorkFloors();
    private final Sweeps sweeps;
    private volatile boolean slow;
    private final String beat;
    private final String beatFurther;
    private final String beatAlone;
    private final String look;
    private final String lookFurther;

    /**
     * @param due of scheduled jobs
     * @param expiries of jobs' times to live
     */
    Pulses(
            Sql sql,
            Lifeline lifeline,
            Controls controls,
            DueFloor due,
            DueFloor expiries,
            Sweeps sweeps) {
        this.sql = sql;
        this.lifeline = lifeline;
        this.controls = controls;
        this.due = due;
        this.expiries = expiries;
        this.sweeps = sweeps;
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
                me as (select id, draining from {schema}.worker where id = ? and not dead),
                asked as materialized (
                    select job_id, reason from {schema}.cancel_request where job_id > ?
                    order by job_id limit {requests})
                select 0 as tag, (select count(*) from me) as id,
                    case when ?::boolean then (
                        select count(*) from (
                            select from {schema}.running
                            where worker_id = ? order by worker_id, job_id limit 100000) as x)
                        else 0 end as beat,
                    null as name, 0 as lock, coalesce((select draining from me), false) as dead,
                    null::timestamptz as due, 0 as lease
                union all
                select 1, w.id, w.beat, w.name,
                    case when not w.locked then 0 when w.id in (select id from locks) then 1 else 2 end,
                    w.dead, null, w.lease_millis
                from {schema}.worker as w where w.id <> ?
                union all
                select 2, 0, 0, s.queue, 0, false, null, 0
                from ({work}) as s
                union all
                select 3, a.job_id, 0, a.reason, 0, false, null, 0
                from asked as a, lateral (
                    select 1 from {schema}.running as r
                    where r.worker_id = ? and r.job_id = a.job_id limit 1) as r
                union all
                select 4, coalesce(c.max_running, 0), 0, c.queue, c.gated::int, c.paused, null, 0
                from {schema}.queue_control as c
                where c.queue = any (?::text[])
                    and (c.paused or c.max_running is not null or c.gated)
                union all
                select 5, e.job_id, 0, null, 0, false, e.expires_at, 0
                from (
                    select expires_at, job_id from {schema}.expiry
                    where (expires_at, job_id) >= (to_timestamp(?::float8 / 1000000), ?::bigint)
                    order by expires_at, job_id limit 1) as e
                union all
                select 6, 0, 0, null, 0, false, null, 0
                from (select from {schema}.cancel_request limit 1) as c
                union all
                select 7, s.job_id, (select last_value from {schema}.position) << 16, null, 0,
                    false, s.run_at, 0
                from (select 1) as one left join lateral (
                    select run_at, job_id from {schema}.scheduled
                    where (run_at, job_id) >= (to_timestamp(?::float8 / 1000000), ?::bigint)
                    order by run_at, job_id limit 1) as s on true
                union all
                select 8, max(job_id), 0, null, 0, false, null, 0
                from asked having count(*) = {requests}
                union all
                select 9, s.job_id, 0, null, 0, false, null, 0
                from (
                    select s.job_id from {schema}.stack_request as s, lateral (
                        select 1 from {schema}.running as r
                        where r.worker_id = ? and r.job_id = s.job_id limit 1) as r
                    limit 100) as s
                union all
                select 10, 0, 0, null, 0, false, s.due, 0
                from (
                    select min(asked_at) + interval '1 minute' as due
                    from {schema}.stack_request) as s
                where s.due is not null
                union all
                select 11, 0, 0, null, 0, false, null, 0
                from (
                    select from {schema}.lane as l, lateral (
                        select 1 from {schema}.available as a where a.lane = l.id
                        order by a.lane desc, a.priority desc, a.pos desc limit 1) as x
                    where l.gate = {gate} or l.gate = {open} and l.queue in (
                        select queue from {schema}.queue_control where gated)
                    limit 1) as g
                """
                        .replace("{requests}", Integer.toString(PulseAnswer.REQUESTS));
        String anyWork =
                """
                    select distinct i.queue
                    from unnest(?::text[], ?::text[], ?::int[], ?::bigint[])
                            as i(queue, kind, version, floor)
                        join {schema}.lane as l using (queue, kind, version), lateral (
                            select 1 from {schema}.available as a
                            where a.lane = l.id and l.gate <> 1 and i.floor >= 0
                            order by a.lane desc, a.priority desc, a.pos desc limit 1) as x
                """;
        String furtherWork =
                """
                    select distinct i.queue
                    from unnest(?::text[], ?::text[], ?::int[], ?::bigint[])
                            as i(queue, kind, version, floor)
                        join {schema}.lane as l using (queue, kind, version),
                        generate_series(0, 9) as p, lateral (
                            select 1 from {schema}.available as a
                            where (a.lane, a.priority, a.pos) >= (l.id, p, i.floor)
                                and (a.lane, a.priority) <= (l.id, p) and l.gate <> 1
                            order by a.lane desc, a.priority desc, a.pos desc limit 1) as x
                """;
        // A worker that says it is locked and is not has lost its lock's connection: it lives.
        String looks =
                locks
                        + """
                        told as (
                            update {schema}.worker
                            set running = ?, stuck = ?, queues = coalesce(?::text, queues),
                                beat = beat + case
                                    when locked and id not in (select id from locks) then 1
                                    else 0 end,
                                locked = locked and id in (select id from locks)
                            where id = ? and not dead and (
                                running <> ? or stuck <> ? or ?::text is not null
                                or locked and id not in (select id from locks))),
                        """
                        + rest;
        String beats =
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
                        + rest;
        this.look = sql.text(whole(looks, anyWork));
        this.lookFurther = sql.text(further(looks, furtherWork));
        this.beat = sql.text(whole(beats, anyWork));
        this.beatFurther = sql.text(further(beats, furtherWork));
        this.beatAlone =
                sql.text(
                        """
                        update {schema}.worker
                        set beat = beat + 1, running = ?, stuck = ?,
                                queues = coalesce(?::text, queues),
                            last_beat_at = to_timestamp(?::float8 / 1000000)
                        where id = ? and not dead
                        """);
    }

    private static String whole(String text, String work) {
        return text.replace("{work}", work)
                .replace("{gate}", "" + Lanes.GATE)
                .replace("{open}", "" + Lanes.OPEN);
    }

    /** No lane has that gate: what waits at gates is seen by looks over everything. */
    private static String further(String text, String work) {
        return text.replace("{work}", work).replace("{gate}", "-1").replace("{open}", "-1");
    }

    /**
     * Beats and looks in one statement. While looks over everything are slow the beat goes first,
     * by itself, a look has an end, and most looks begin at floors. Running rows are counted only
     * with a beat.
     */
    PulseAnswer pulse(Pulse pulse) {
        long before = controls.changes();
        PulseAnswer answer = look(pulse);
        controls.learn(asked(pulse), answer.controls(), before);
        return answer;
    }

    private PulseAnswer look(Pulse pulse) {
        boolean everything = sweeps.isDue();
        DueFloor.Look dueLook = due.begin(everything, pulse.now());
        DueFloor.Look expiryLook = expiries.begin(everything, pulse.now());
        try {
            var looks = new Looks(everything, dueLook, expiryLook);
            return lifeline.run(
                    "pulse of worker %d".formatted(pulse.workerId()),
                    connection -> look(connection, pulse, looks));
        } finally {
            due.end(dueLook);
            expiries.end(expiryLook);
        }
    }

    /**
     * @param everything whether to go over everything
     */
    private record Looks(boolean everything, DueFloor.Look due, DueFloor.Look expiries) {}

    private PulseAnswer look(Connection connection, Pulse pulse, Looks looks) throws SQLException {
        boolean apart = slow;
        if (apart && pulse.beat()) {
            beatAlone(connection, pulse);
        }
        boolean beats = pulse.beat() && !apart;
        String text = looks.everything() ? beats ? beat : look : beats ? beatFurther : lookFurther;
        long began = sweeps.now();
        try (var statement = Sql.prepare(connection, text)) {
            if (apart) {
                statement.setQueryTimeout(SLOW_LOOK_SECONDS);
            }
            fill(statement, pulse, beats, looks);
            try (var rows = statement.executeQuery()) {
                return answer(rows, pulse, looks);
            }
        } finally {
            if (looks.everything()) {
                slow = sweeps.took(began) > SLOW_NANOS;
            }
        }
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

    private void fill(PreparedStatement statement, Pulse pulse, boolean beats, Looks looks)
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
        statement.setLong(at++, pulse.afterRequest());
        statement.setBoolean(at++, pulse.beat());
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
        statement.setObject(at++, queues.stream().mapToLong(work::of).toArray());
        statement.setLong(at++, pulse.workerId());
        statement.setObject(at++, asked(pulse).toArray(String[]::new));
        statement.setLong(at++, looks.expiries().from().micros());
        statement.setLong(at++, looks.expiries().from().jobId());
        statement.setLong(at++, looks.due().from().micros());
        statement.setLong(at++, looks.due().from().jobId());
        statement.setLong(at, pulse.workerId());
    }

    private static List<String> asked(Pulse pulse) {
        return pulse.scopes().stream().map(Pulse.Scope::queue).distinct().toList();
    }

    private PulseAnswer answer(ResultSet rows, Pulse pulse, Looks looks) throws SQLException {
        boolean alive = false;
        int running = 0;
        boolean draining = false;
        boolean atGate = false;
        var others = new ArrayList<Sighting>();
        var queues = new HashSet<String>();
        var cancelled = new HashMap<Long, String>();
        var controls = new HashMap<String, QueueControl>();
        var stacks = new HashSet<Long>();
        Instant nextSettle = null;
        DueFloor.Place firstDue = null;
        DueFloor.Place firstExpiry = null;
        long position = 0;
        long lastRequest = 0;
        while (rows.next()) {
            switch (rows.getInt("tag")) {
                case SELF -> {
                    alive = rows.getLong("id") > 0;
                    running = (int) rows.getLong("beat");
                    draining = rows.getBoolean("dead");
                }
                case OTHER ->
                        others.add(
                                new Sighting(
                                        rows.getLong("id"),
                                        rows.getString("name"),
                                        rows.getLong("beat"),
                                        lock(rows.getInt("lock")),
                                        rows.getBoolean("dead"),
                                        Workers.lease(rows.getInt("lease"))));
                case WORK -> queues.add(rows.getString("name"));
                case CANCELLED -> cancelled.put(rows.getLong("id"), rows.getString("name"));
                case CONTROL -> controls.put(rows.getString("name"), control(rows));
                case EXPIRY -> firstExpiry = place(rows);
                case STACK -> stacks.add(rows.getLong("id"));
                case UNANSWERED ->
                        nextSettle =
                                earlier(
                                        nextSettle,
                                        Workers.moment(
                                                rows.getObject("due", OffsetDateTime.class)));
                case REQUEST ->
                        nextSettle = earlier(nextSettle, pulse.now().plus(BETWEEN_REQUESTS));
                case DUE -> {
                    firstDue = place(rows);
                    position = rows.getLong("beat");
                }
                case GATE -> atGate = true;
                case LAST_REQUEST -> lastRequest = rows.getLong("id");
                default -> throw new IllegalStateException("a pulse answered " + rows.getInt(1));
            }
        }
        due.found(looks.due(), firstDue);
        expiries.found(looks.expiries(), firstExpiry);
        work.found(asked(pulse), queues, position);
        return new PulseAnswer(
                alive,
                running,
                others,
                moment(firstDue),
                queues,
                cancelled,
                lastRequest,
                stacks,
                earlier(nextSettle, moment(firstExpiry)),
                controls,
                draining,
                atGate);
    }

    private static DueFloor.@Nullable Place place(ResultSet rows) throws SQLException {
        Instant at = Workers.moment(rows.getObject("due", OffsetDateTime.class));
        return at == null ? null : new DueFloor.Place(Sql.micros(at), rows.getLong("id"));
    }

    private static @Nullable Instant moment(DueFloor.@Nullable Place place) {
        return place == null ? null : Sql.instant(place.micros());
    }

    private static QueueControl control(ResultSet rows) throws SQLException {
        int most = (int) rows.getLong("id");
        return new QueueControl(
                rows.getBoolean("dead"), most == 0 ? null : most, rows.getInt("lock") == 1);
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
}
