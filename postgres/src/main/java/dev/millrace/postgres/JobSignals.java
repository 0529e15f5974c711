package dev.millrace.postgres;

import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.store.Carried;
import dev.millrace.store.Ending;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Signals to jobs, and jobs that wait for them. Whoever sends one and whoever records a wait take
 * the job's signal lock first and look afterwards, so that neither misses what the other commits.
 */
final class JobSignals {
    /** The job, if it has not ended, its body locked against removal. */
    private static final String LIVE =
            """
            with body as materialized (
                select j.id from {schema}.job as j
                where j.id = ? and not exists (
                        select from {schema}.discarded as d where d.job_id = j.id)
                    and not exists (
                        select from {schema}.history as h
                        where h.job_id = j.id and h.outcome in (1, 2, 8, 9))
                for key share of j),
            """;

    private final Sql sql;
    private final Jobs jobs;
    private final String lock;
    private final String send;
    private final String wait;
    private final String askStack;

    JobSignals(Sql sql, Jobs jobs) {
        this.sql = sql;
        this.jobs = jobs;
        // In the order of the locks' keys.
        this.lock =
                """
                select pg_advisory_xact_lock(?::int, k) from (
                    select distinct k from unnest(?::int[]) as u(k) order by k) as u
                """;
        this.send =
                sql.text(
                        LIVE
                                + """
                                n as materialized (
                                    select count(*)::int as sent from {schema}.job_signal
                                    where job_id = ?),
                                state as (
                                    insert into {schema}.attempt_state (job_id)
                                    select id from body, n where n.sent < ? on conflict do nothing),
                                sent as (
                                    insert into {schema}.job_signal (job_id, at, seq, name, payload)
                                    select id, to_timestamp(?::float8 / 1000000), n.sent + 1, ?, ?
                                    from body, n where n.sent < ?
                                    returning job_id),
                                place as materialized (
                                    select s.ctid as tid
                                    from sent as t, lateral (
                                        select w.job_id, w.run_at from {schema}.signal_wait as w
                                        where w.job_id = t.job_id and w.signal = ? limit 1) as w,
                                    lateral (
                                        select s.ctid from {schema}.scheduled as s
                                        where s.run_at = w.run_at and s.job_id = w.job_id
                                        limit 1 for update) as s),
                                gone as (
                                    delete from {schema}.scheduled where ctid = any (array(
                                        select tid from place))
                                    returning job_id, lane, priority, attempt, rescues),
                                moved as (
                                    insert into {schema}.available
                                        (pos, job_id, lane, priority, attempt, rescues, again)
                                    select nextval('{schema}.position') << 16, job_id, lane, priority,
                                        attempt, rescues, true
                                    from gone),
                                done as (
                                    delete from {schema}.signal_wait where job_id = any (array(
                                        select job_id from gone)))
                                select (select count(*) from body), (select count(*) from sent),
                                    (select count(*) from gone)
                                """);
        this.wait = sql.text(waiting());
        this.askStack =
                sql.text(
                        LIVE
                                + """
                                state as (
                                    insert into {schema}.attempt_state (job_id) select id from body
                                    on conflict do nothing)
                                insert into {schema}.stack_request as q (job_id, asked_at)
                                select id, to_timestamp(?::float8 / 1000000) from body
                                on conflict (job_id) do update
                                set asked_at = greatest(q.asked_at, excluded.asked_at)
                                """);
    }

    private static String waiting() {
        return """
        with p as materialized (select nextval('{schema}.position') << 16 as base),
        i as (
            select * from unnest(
                ?::bigint[], ?::bigint[], ?::int[], ?::smallint[],
                ?::bigint[], ?::bigint[], ?::smallint[],
                ?::text[], ?::text[], ?::text[], ?::text[],
                ?::text[], ?::int[], ?::bigint[], ?::smallint[]) with ordinality
                as i(job_id, claim_id, worker_id, attempt, started, ended, outcome,
                    result, error, message, stack, signal, seen, until, next_attempt, place)
        """
                + CompletionTexts.fence(CompletionTexts.BOUND)
                + """
                , came as materialized (
                    select g.*, to_timestamp(g.until::float8 / 1000000) as run_at,
                        (select count(*) from {schema}.job_signal as s
                            where s.job_id = g.job_id and s.name = g.signal) > g.seen as there
                    from gone as g order by g.job_id),
                again as (
                    insert into {schema}.available
                        (pos, job_id, lane, priority, attempt, rescues, again)
                    select p.base + g.place - 1, g.job_id, j.lane, j.priority, g.next_attempt, 0,
                        true
                    from p, came as g, lateral (
                        select lane, priority from {schema}.job
                        where id = g.job_id limit 1) as j
                    where g.there),
                state as (
                    insert into {schema}.attempt_state (job_id)
                    select job_id from came where not there order by job_id
                    on conflict do nothing),
                later as (
                    insert into {schema}.scheduled
                        (run_at, job_id, lane, priority, attempt, rescues, backing_off)
                    select g.run_at, g.job_id, j.lane, j.priority, g.next_attempt, 0, false
                    from came as g, lateral (
                        select lane, priority from {schema}.job
                        where id = g.job_id limit 1) as j
                    where not g.there),
                waits as (
                    insert into {schema}.signal_wait (job_id, run_at, signal)
                    select job_id, run_at, signal from came where not there order by job_id
                    on conflict (job_id) do update
                    set run_at = excluded.run_at, signal = excluded.signal)
                """
                + CompletionTexts.PAST
                + CompletionTexts.MISSING;
    }

    /** The state in which the job was found, and whether the signal made it available. */
    record Sent(JobState.@Nullable Name found, boolean moved) {}

    Sent send(long jobId, String name, String payload, Instant now) {
        if (name.isEmpty() || name.length() > Names.MAX_LENGTH) {
            throw MillraceException.invalid(
                    "a signal's name must have 1 to %d characters, got %d; nothing was sent"
                            .formatted(Names.MAX_LENGTH, name.length()));
        }
        return sql.transaction(
                "send a signal to job %d".formatted(jobId),
                connection -> {
                    lock(connection, new long[] {jobId});
                    var found = jobs.states(connection, List.of(jobId)).get(jobId);
                    return found == null || isEnded(found)
                            ? new Sent(found, false)
                            : send(connection, found, jobId, name, payload, now);
                });
    }

    private static boolean isEnded(JobState.Name state) {
        return switch (state) {
            case SCHEDULED, AVAILABLE, RUNNING -> false;
            case DISCARDED, COMPLETED, CANCELLED, EXPIRED -> true;
        };
    }

    private Sent send(
            Connection connection,
            JobState.Name found,
            long jobId,
            String name,
            String payload,
            Instant now)
            throws SQLException {
        try (var statement = Sql.prepare(connection, send)) {
            statement.setLong(1, jobId);
            statement.setLong(2, jobId);
            statement.setInt(3, Carried.MAX_SIGNALS);
            statement.setLong(4, Sql.micros(now));
            statement.setString(5, name);
            statement.setString(6, Texts.withoutNul(payload));
            statement.setInt(7, Carried.MAX_SIGNALS);
            statement.setString(8, name);
            try (var row = statement.executeQuery()) {
                row.next();
                if (row.getInt(1) == 0) {
                    // it has ended meanwhile, or is gone
                    return new Sent(jobs.states(connection, List.of(jobId)).get(jobId), false);
                }
                if (row.getInt(2) == 0) {
                    throw MillraceException.invalid(
                            "a job may be sent at most %d signals, job %d was; nothing was sent"
                                    .formatted(Carried.MAX_SIGNALS, jobId));
                }
                return new Sent(found, row.getInt(3) > 0);
            }
        }
    }

    private void lock(Connection connection, long[] jobIds) throws SQLException {
        var keys = new int[jobIds.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = Long.hashCode(jobIds[i]);
        }
        try (var statement = Sql.prepare(connection, lock)) {
            statement.setInt(1, sql.schema().signalLocks());
            statement.setObject(2, keys);
            statement.execute();
        }
    }

    /** Takes the jobs' signal locks until the transaction ends. */
    void lock(Connection connection, List<Ending> waiting) throws SQLException {
        lock(connection, waiting.stream().mapToLong(Ending::jobId).toArray());
    }

    /** The statement that records endings of jobs that wait, each with its lock taken. */
    String waitStatement() {
        return wait;
    }

    /** Fills in what the jobs wait for. */
    static int fill(PreparedStatement statement, List<Ending> waiting, int at) throws SQLException {
        int n = waiting.size();
        var signals = new String[n];
        var seen = new int[n];
        var until = new long[n];
        var attempts = new short[n];
        for (int i = 0; i < n; i++) {
            if (waiting.get(i).next() instanceof Ending.Next.Waiting next) {
                signals[i] = next.signal();
                seen[i] = next.seen();
                until[i] = Sql.micros(next.until());
                attempts[i] = (short) next.attempt();
            }
        }
        statement.setObject(at++, signals);
        statement.setObject(at++, seen);
        statement.setObject(at++, until);
        statement.setObject(at++, attempts);
        return at;
    }

    /** Asks for the stack of a job if it runs; answers where it stands. */
    Optional<JobState.Name> askStack(long jobId, Instant now) {
        return sql.run(
                "ask for the stack of job %d".formatted(jobId),
                connection -> {
                    var found = jobs.states(connection, List.of(jobId)).get(jobId);
                    if (found == JobState.Name.RUNNING) {
                        try (var statement = Sql.prepare(connection, askStack)) {
                            statement.setLong(1, jobId);
                            statement.setLong(2, Sql.micros(now));
                            statement.executeUpdate();
                        }
                    }
                    return Optional.ofNullable(found);
                });
    }
}
