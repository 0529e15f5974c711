package dev.millrace.postgres;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.store.Settled;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Jobs that end without running: cancelled by people, expired by time. */
final class Settling {
    private static final int MOST = 10_000;
    private static final int LOOKS = 3;
    private static final Duration BETWEEN_REQUESTS = Duration.ofSeconds(1);
    private static final Duration BETWEEN_PAGES = Duration.ofMillis(250);
    private static final Duration BETWEEN_HELD = Duration.ofMillis(100);

    private final Sql sql;
    private final Jobs jobs;
    private final String cancelWaiting;
    private final String askRunning;
    private final String askAny;
    private final String expire;
    private final String grant;
    private final String next;

    /** Where the next look at requests begins, so that standing ones hide no others. */
    private volatile long afterRequest;

    /** The same for times to live, of jobs that others hold. */
    private volatile Expiry afterExpiry = Expiry.FIRST;

    private record Expiry(long micros, long jobId) {
        static final Expiry FIRST = new Expiry(0, 0);
    }

    /** What one look came to. */
    private record Look(int looked, int gone, int ended) {}

    Settling(Sql sql, Jobs jobs) {
        this.sql = sql;
        this.jobs = jobs;
        String moment = "with t as materialized (select to_timestamp(?::float8 / 1000000) as at)";
        String free = "for update skip locked";
        String freed = Keys.freed("select job_id from ended");
        this.cancelWaiting =
                sql.text(
                        moment
                                + """
                                , i as materialized (
                                    select u.id as job_id, ?::text as message
                                    from unnest(?::bigint[]) as u(id))
                                """
                                + Waiting.gone(free)
                                + Waiting.past(Attempt.End.CANCELLED)
                                + freed
                                + """
                                select job_id, case when run_at is null then 'AVAILABLE'
                                    else 'SCHEDULED' end
                                from ended
                                """);
        String ask =
                """
                insert into {schema}.cancel_request (job_id, requested_at, reason)
                select u.id, to_timestamp(?::float8 / 1000000), ?
                from unnest(?::bigint[]) as u(id){running}
                order by u.id on conflict do nothing
                """;
        this.askAny = sql.text(ask.replace("{running}", ""));
        this.askRunning =
                sql.text(
                        ask.replace(
                                "{running}",
                                """
                                , lateral (
                                    select 1 from {schema}.running as r
                                    where r.job_id = u.id and r.worker_id = any (array(
                                        select id from {schema}.worker))
                                    limit 1) as r\
                                """));
        // What waits but is held by another just now stays for the next look.
        this.expire =
                sql.text(
                        moment
                                + """
                                , due as materialized (
                                    select e.ctid as tid, e.job_id, e.expires_at
                                    from {schema}.expiry as e
                                    where e.expires_at <= (select at from t)
                                        and (e.expires_at, e.job_id)
                                            > (to_timestamp(?::float8 / 1000000), ?::bigint)
                                    order by e.expires_at, e.job_id limit ?
                                    for update skip locked),
                                i as materialized (
                                    select d.job_id,
                                        'its time to live passed before it started' as message
                                    from due as d where not exists (
                                        select from {schema}.history as h
                                        where h.job_id = d.job_id))
                                """
                                + Waiting.gone(free)
                                + Waiting.past(Attempt.End.EXPIRED)
                                + freed
                                + """
                                , unanswered as (
                                    delete from {schema}.stack_request where ctid = any (array(
                                        select q.ctid from {schema}.stack_request as q
                                        where q.asked_at <= (select at from t) - interval '1 minute'
                                        order by q.job_id for update skip locked)))
                                , done as (
                                    delete from {schema}.expiry where ctid = any (array(
                                        select tid from due
                                        where job_id not in (select job_id from place)
                                            or job_id in (select job_id from ended)))
                                    returning 1),
                                last as (
                                    select expires_at, job_id from due
                                    order by expires_at desc, job_id desc limit 1)
                                select (select count(*) from due), (select count(*) from done),
                                    (select count(*) from ended),
                                    (select (extract(epoch from expires_at) * 1000000)::bigint
                                        from last),
                                    (select job_id from last)
                                """);
        this.grant =
                sql.text(
                        moment
                                + """
                                , asked as materialized (
                                    select c.job_id from {schema}.cancel_request as c
                                    where c.job_id > ? order by c.job_id limit ?),
                                runs as materialized (
                                    select a.job_id from asked as a, lateral (
                                        select 1 from {schema}.running as r
                                        where r.job_id = a.job_id and r.worker_id = any (array(
                                            select id from {schema}.worker))
                                        limit 1) as r),
                                due as materialized (
                                    select c.ctid as tid, c.job_id, c.reason
                                    from {schema}.cancel_request as c
                                    where c.job_id = any (array(
                                        select job_id from asked
                                        where job_id not in (select job_id from runs)))
                                    order by c.job_id for update skip locked),
                                i as materialized (
                                    select job_id, reason as message from due)
                                """
                                + Waiting.gone(free)
                                + Waiting.past(Attempt.End.CANCELLED)
                                + freed
                                + """
                                , done as (
                                    delete from {schema}.cancel_request where ctid = any (array(
                                        select tid from due
                                        where job_id in (select job_id from ended)
                                            or job_id not in (select job_id from place)))
                                    returning 1)
                                select (select count(*) from asked), (select count(*) from done),
                                    (select count(*) from ended),
                                    (select max(job_id) from asked)
                                """);
        this.next =
                sql.text(
                        """
                        select (select expires_at from {schema}.expiry
                                order by expires_at, job_id limit 1),
                            exists (select from {schema}.cancel_request),
                            (select min(asked_at) + interval '1 minute' from {schema}.stack_request)
                        """);
    }

    Map<Long, JobState.Name> cancel(Collection<Long> ids, String reason, Instant now) {
        if (ids.size() > MOST) {
            throw new IllegalArgumentException(
                    "at most %d jobs at once, got %d".formatted(MOST, ids.size()));
        }
        var states = new HashMap<Long, JobState.Name>();
        if (ids.isEmpty()) {
            return states;
        }
        String kept = ErrorInfo.reason("cancelled", reason).message();
        return sql.run(
                "cancel %d jobs".formatted(ids.size()),
                connection -> {
                    List<Long> left = ids.stream().distinct().sorted().toList();
                    for (int look = 0; look < LOOKS && !left.isEmpty(); look++) {
                        cancelWaiting(connection, left, kept, now, states);
                        left = left.stream().filter(id -> !states.containsKey(id)).toList();
                        ask(connection, askRunning, left, kept, now);
                        var found = jobs.states(connection, left);
                        left = left.stream().filter(id -> waits(found.get(id))).toList();
                        states.putAll(found);
                        states.keySet().removeAll(left);
                    }
                    // Held by another transaction: settled when that has ended.
                    ask(connection, askAny, left, kept, now);
                    states.putAll(jobs.states(connection, left));
                    return states;
                });
    }

    /** Ends jobs that wait, in a transaction under way; those that do not stay. */
    void end(Connection connection, List<Long> ids, String reason, Instant now)
            throws SQLException {
        if (!ids.isEmpty()) {
            cancelWaiting(connection, ids, reason, now, new HashMap<>());
        }
    }

    private static boolean waits(JobState.@Nullable Name state) {
        return state == JobState.Name.AVAILABLE || state == JobState.Name.SCHEDULED;
    }

    private void cancelWaiting(
            Connection connection,
            List<Long> ids,
            String reason,
            Instant now,
            Map<Long, JobState.Name> states)
            throws SQLException {
        try (var statement = Sql.prepare(connection, cancelWaiting)) {
            statement.setLong(1, Sql.micros(now));
            statement.setString(2, reason);
            statement.setObject(3, Jobs.array(ids));
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    states.put(rows.getLong(1), JobState.Name.valueOf(rows.getString(2)));
                }
            }
        }
    }

    private static void ask(
            Connection connection, String text, List<Long> ids, String reason, Instant now)
            throws SQLException {
        if (ids.isEmpty()) {
            return;
        }
        try (var statement = Sql.prepare(connection, text)) {
            statement.setLong(1, Sql.micros(now));
            statement.setString(2, reason);
            statement.setObject(3, Jobs.array(ids));
            statement.executeUpdate();
        }
    }

    Settled settle(Instant now, int max) {
        int most = Math.clamp(max, 1, MOST);
        return sql.run("settle what is due", connection -> settle(connection, now, most));
    }

    private Settled settle(Connection connection, Instant now, int max) throws SQLException {
        Look expiries = expire(connection, now, max);
        Look requests = grant(connection, now, max);
        Instant following = next(connection, now);
        if (expiries.looked() == max || requests.looked() == max && requests.gone() > 0) {
            following = now;
        } else if (requests.looked() == max) {
            Instant page = now.plus(BETWEEN_PAGES);
            following = following == null || page.isBefore(following) ? page : following;
        }
        return new Settled(expiries.ended(), requests.ended(), following);
    }

    private Look expire(Connection connection, Instant now, int max) throws SQLException {
        try (var statement = Sql.prepare(connection, expire)) {
            Expiry after = afterExpiry;
            statement.setLong(1, Sql.micros(now));
            statement.setLong(2, after.micros());
            statement.setLong(3, after.jobId());
            statement.setInt(4, max);
            try (var row = statement.executeQuery()) {
                row.next();
                var look = new Look(row.getInt(1), row.getInt(2), row.getInt(3));
                afterExpiry =
                        look.looked() == max && look.gone() == 0
                                ? new Expiry(row.getLong(4), row.getLong(5))
                                : Expiry.FIRST;
                return look;
            }
        }
    }

    /** A page of requests; at the end it goes on with the first ones. */
    private Look grant(Connection connection, Instant now, int max) throws SQLException {
        long after = afterRequest;
        Look look = grant(connection, now, after, max);
        if (look.looked() == max || after == 0) {
            return look;
        }
        Look more = grant(connection, now, 0, max - look.looked());
        return new Look(
                look.looked() + more.looked(),
                look.gone() + more.gone(),
                look.ended() + more.ended());
    }

    private Look grant(Connection connection, Instant now, long after, int max)
            throws SQLException {
        try (var statement = Sql.prepare(connection, grant)) {
            statement.setLong(1, Sql.micros(now));
            statement.setLong(2, after);
            statement.setInt(3, max);
            try (var row = statement.executeQuery()) {
                row.next();
                var look = new Look(row.getInt(1), row.getInt(2), row.getInt(3));
                afterRequest = look.looked() == max ? row.getLong(4) : 0;
                return look;
            }
        }
    }

    private @Nullable Instant next(Connection connection, Instant now) throws SQLException {
        try (var statement = Sql.prepare(connection, next);
                var row = statement.executeQuery()) {
            row.next();
            Instant expiry = Workers.moment(row.getObject(1, OffsetDateTime.class));
            if (expiry != null && !expiry.isAfter(now)) {
                expiry = now.plus(BETWEEN_HELD);
            }
            Instant request = row.getBoolean(2) ? now.plus(BETWEEN_REQUESTS) : null;
            Instant stack = Workers.moment(row.getObject(3, OffsetDateTime.class));
            return Pulses.earlier(Pulses.earlier(expiry, request), stack);
        }
    }
}
