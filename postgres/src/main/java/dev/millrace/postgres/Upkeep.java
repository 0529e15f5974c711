package dev.millrace.postgres;

import dev.millrace.job.Attempt;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Promotion;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.RescueAnswer.Outcome;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;

/**
 * Moves of many jobs at once: due, given back, taken from a dead worker, old. Each is one bounded
 * statement, skipping rows that others hold.
 */
final class Upkeep {
    private static final int MOST = 10_000;

    private final Sql sql;
    private final Lifeline lifeline;
    private final DueFloor due;
    private final Sweeps sweeps;
    private final String promote;
    private final String giveBack;
    private final String state;
    private final String markDead;
    private final String rescue;
    private final String clear;

    Upkeep(Sql sql, Lifeline lifeline, DueFloor due, Sweeps sweeps) {
        this.sql = sql;
        this.lifeline = lifeline;
        this.due = due;
        this.sweeps = sweeps;
        this.promote =
                sql.text(
                        """
                        with gone as (
                            delete from {schema}.scheduled as s
                            where s.ctid = any (array(
                                select ctid from {schema}.scheduled
                                where run_at <= to_timestamp(?::float8 / 1000000)
                                    and (run_at, job_id)
                                        >= (to_timestamp(?::float8 / 1000000), ?::bigint)
                                order by run_at, job_id limit ? for update skip locked))
                            returning s.*),
                        -- as many as asked for: there may be more; otherwise what is left is not
                        -- due, or held by others
                        reached as (
                            select run_at, job_id from gone
                            where (select count(*) from gone) = ?
                            order by run_at desc, job_id desc limit 1),
                        p as materialized (select nextval('{schema}.position') << 16 as base),
                        moved as (
                            insert into {schema}.available
                                (pos, job_id, lane, priority, attempt, rescues, again)
                            select p.base + row_number() over (order by run_at, job_id) - 1,
                                job_id, lane, priority, attempt, rescues, true
                            from p, gone)
                        select (select count(*) from gone) as promoted, s.run_at, s.job_id
                        from (select 1) as one left join lateral (
                            select s.run_at, s.job_id from {schema}.scheduled as s
                            where (s.run_at, s.job_id) > (
                                coalesce((select run_at from reached),
                                    to_timestamp(?::float8 / 1000000)),
                                coalesce((select job_id from reached), 9223372036854775807))
                            order by s.run_at, s.job_id limit 1) as s on true
                        """);
        this.giveBack =
                sql.text(
                        """
                        with found as materialized (
                            select i.place, r.tid
                            from unnest(?::bigint[], ?::bigint[]) with ordinality
                                as i(job_id, claim_id, place), lateral (
                                select r.ctid as tid from {schema}.running as r
                                where r.worker_id = ? and r.job_id = i.job_id
                                    and r.claim_id = i.claim_id
                                limit 1) as r
                            where exists (
                                select from {schema}.worker where id = ? and not dead)),
                        gone as (
                            delete from {schema}.running as r using found as f
                            where r.ctid = f.tid
                            returning r.job_id, r.attempt, r.rescues, f.place),
                        p as materialized (select nextval('{schema}.position') << 16 as base),
                        -- a time to live may have been due, and let go, while a worker had the job
                        expiring as (
                            insert into {schema}.expiry (expires_at, job_id)
                            select to_timestamp(x.at::float8 / 1000000), g.job_id
                            from gone as g, lateral (
                                select substring(terms from '"expires":([0-9]{1,18})')::bigint as at
                                from {schema}.job where id = g.job_id limit 1) as x
                            where x.at is not null
                            on conflict do nothing)
                        insert into {schema}.available
                            (pos, job_id, lane, priority, attempt, rescues, again)
                        select p.base + g.place - 1, g.job_id, j.lane, j.priority, g.attempt,
                            g.rescues, true
                        from p, gone as g, lateral (
                                select lane, priority from {schema}.job
                                where id = g.job_id limit 1) as j
                        """);
        this.state = sql.text("select beat, dead from {schema}.worker where id = ?");
        // Waits for the worker's claims under way, and refuses those that come after.
        this.markDead =
                sql.text(
                        """
                        with fenced as materialized (
                            select id from {schema}.worker
                            where id = ? and beat = ? and not dead for update)
                        update {schema}.worker set dead = true where id in (select id from fenced)
                        """);
        this.rescue =
                sql.text(
                        """
                        with gone as (
                            delete from {schema}.running as r
                            where r.ctid = any (array(
                                select ctid from {schema}.running
                                where worker_id = ? order by job_id limit ?
                                for update skip locked))
                            returning r.*),
                        p as materialized (select nextval('{schema}.position') << 16 as base),
                        aside as (
                            insert into {schema}.discarded (job_id, discarded_at, lane, attempt)
                            select g.job_id, t.at, j.lane, g.attempt
                            from (select to_timestamp(?::float8 / 1000000) as at) as t,
                                gone as g, lateral (
                                select lane, priority from {schema}.job
                                where id = g.job_id limit 1) as j
                            where g.rescues >= 5),
                        again as (
                            insert into {schema}.available
                                (pos, job_id, lane, priority, attempt, rescues, again)
                            select p.base + row_number() over (order by g.job_id) - 1, g.job_id,
                                j.lane, j.priority, g.attempt, g.rescues + 1, true
                            from p, gone as g, lateral (
                                select lane, priority from {schema}.job
                                where id = g.job_id limit 1) as j
                            where g.rescues < 5),
                        past as (
                            insert into {schema}.history
                                (job_id, claim_id, started_at, ended_at, worker_id, attempt,
                                    outcome, detail)
                            select job_id, claim_id, claimed_at,
                                greatest(claimed_at, to_timestamp(?::float8 / 1000000)), worker_id,
                                attempt, ?::smallint, array[null, 'rescued', ?, '']
                            from gone)
                        """
                                + Keys.freed("select job_id from gone where rescues >= 5")
                                + """
                                select count(*) filter (where rescues < 5),
                                    count(*) filter (where rescues >= 5)
                                from gone
                                """);
        this.clear =
                sql.text(
                        """
                        delete from {schema}.worker as w where w.id = ? and w.dead and (
                            select count(*) from (
                                select from {schema}.running as r where r.worker_id = w.id
                                order by r.worker_id, r.job_id limit 1) as one) = 0
                        """);
    }

    Promotion promote(Instant now, int max) {
        int most = Math.clamp(max, 1, MOST);
        boolean everything = sweeps.isDue();
        long began = sweeps.now();
        DueFloor.Look look = due.begin(everything, now);
        try {
            return sql.run("promote due jobs", connection -> promote(connection, look, now, most));
        } finally {
            due.end(look);
            if (everything) {
                sweeps.took(began);
            }
        }
    }

    private Promotion promote(Connection connection, DueFloor.Look look, Instant now, int most)
            throws SQLException {
        try (var statement = Sql.prepare(connection, promote)) {
            statement.setLong(1, Sql.micros(now));
            statement.setLong(2, look.from().micros());
            statement.setLong(3, look.from().jobId());
            statement.setInt(4, most);
            statement.setInt(5, most);
            statement.setLong(6, Sql.micros(now));
            try (var row = statement.executeQuery()) {
                row.next();
                Instant next = Workers.moment(row.getObject(2, java.time.OffsetDateTime.class));
                due.found(
                        look,
                        next == null ? null : new DueFloor.Place(Sql.micros(next), row.getLong(3)));
                return new Promotion(row.getInt(1), next);
            }
        }
    }

    int giveBack(long workerId, Collection<JobClaim> claims) {
        if (claims.isEmpty()) {
            return 0;
        }
        var sorted = claims.stream().sorted(Comparator.comparingLong(JobClaim::jobId)).toList();
        int returned = 0;
        for (int from = 0; from < sorted.size(); from += MOST) {
            var step = sorted.subList(from, Math.min(sorted.size(), from + MOST));
            returned +=
                    lifeline.run(
                            "give back %d jobs of worker %d".formatted(claims.size(), workerId),
                            connection -> {
                                try (var statement = Sql.prepare(connection, giveBack)) {
                                    statement.setObject(
                                            1, step.stream().mapToLong(JobClaim::jobId).toArray());
                                    statement.setObject(
                                            2,
                                            step.stream().mapToLong(JobClaim::claimId).toArray());
                                    statement.setLong(3, workerId);
                                    statement.setLong(4, workerId);
                                    return statement.executeUpdate();
                                }
                            });
        }
        return returned;
    }

    RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
        int most = Math.clamp(max, 1, MOST);
        return sql.run(
                "rescue jobs of worker %d".formatted(workerId),
                connection -> rescue(connection, workerId, seenBeat, most, now));
    }

    private RescueAnswer rescue(
            Connection connection, long workerId, long seenBeat, int max, Instant now)
            throws SQLException {
        try (var statement = connection.prepareStatement(markDead)) {
            statement.setLong(1, workerId);
            statement.setLong(2, seenBeat);
            statement.executeUpdate();
        }
        try (var statement = connection.prepareStatement(state)) {
            statement.setLong(1, workerId);
            try (var row = statement.executeQuery()) {
                if (!row.next()) {
                    return new RescueAnswer(Outcome.CLEARED, 0, 0);
                }
                if (!row.getBoolean("dead")) {
                    return new RescueAnswer(Outcome.ALIVE, 0, 0);
                }
            }
        }
        int returned;
        int discarded;
        try (var statement = Sql.prepare(connection, rescue)) {
            statement.setLong(1, workerId);
            statement.setInt(2, max);
            statement.setLong(3, Sql.micros(now));
            statement.setLong(4, Sql.micros(now));
            statement.setInt(5, Attempt.End.RESCUED.code());
            statement.setString(6, "worker %d died".formatted(workerId));
            try (var row = statement.executeQuery()) {
                row.next();
                returned = row.getInt(1);
                discarded = row.getInt(2);
            }
        }
        try (var statement = connection.prepareStatement(clear)) {
            statement.setLong(1, workerId);
            boolean cleared = statement.executeUpdate() > 0;
            return new RescueAnswer(cleared ? Outcome.CLEARED : Outcome.MORE, returned, discarded);
        }
    }
}
