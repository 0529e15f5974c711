package dev.millrace.postgres;

import dev.millrace.job.JobState;
import dev.millrace.store.PruneRules;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Jobs that leave for good, by rule or by hand; and keys whose window has passed. */
final class Pruning {
    private static final int MOST = 10_000;
    private static final long NEVER = Long.MIN_VALUE;

    /** A step ends early once it has removed so many rows that jobs left. */
    private static final int MOST_LEFT = 20_000;

    private final Sql sql;
    private final Jobs jobs;
    private final String prune;
    private final String lock;
    private final String delete;

    Pruning(Sql sql, Jobs jobs) {
        this.sql = sql;
        this.jobs = jobs;
        // Where a job came to rest is looked at again when its rows are locked.
        // Where jobs left much, those from one on are left for the next step.
        String gone =
                """
                , reported as materialized (
                    select s.job_id,
                        sum(1 + s.parts) over (order by s.job_id) - 1 - s.parts as before
                    from {schema}.attempt_state as s
                    where s.job_id = any (array(
                        select id from finished union all select id from discarded))),
                cut as materialized (
                    select min(job_id) as id from reported where before >= %d),
                aside as (
                    delete from {schema}.discarded where ctid = any (array(
                        select d.ctid from {schema}.discarded as d
                        where d.job_id = any (array(select id from discarded))
                            and d.job_id < coalesce((select id from cut), %d)
                        order by d.job_id for update skip locked))
                    returning job_id as id),
                old as materialized (
                    select j.id from {schema}.job as j
                    where j.id = any (array(select id from finished))
                        and j.id < coalesce((select id from cut), %d)
                    order by j.id for update skip locked),
                past as (
                    delete from {schema}.history where job_id = any (array(
                        select id from old union all select id from aside))),
                bodies as (
                    delete from {schema}.job where id = any (array(
                        select id from old union all select id from aside))),
                left_behind as materialized (
                    select job_id from reported where job_id = any (array(
                        select id from old union all select id from aside)) order by job_id),
                states as (
                    delete from {schema}.attempt_state where job_id = any (array(
                        select job_id from left_behind))),
                logs as (
                    delete from {schema}.job_log where job_id = any (array(
                        select job_id from left_behind))),
                steps as (
                    delete from {schema}.job_step where job_id = any (array(
                        select job_id from left_behind))),
                signals as (
                    delete from {schema}.job_signal where job_id = any (array(
                        select job_id from left_behind))),
                waits as (
                    delete from {schema}.signal_wait where job_id = any (array(
                        select job_id from left_behind))),
                stacks as (
                    delete from {schema}.stack_request where job_id = any (array(
                        select job_id from left_behind)))
                """
                        .formatted(MOST_LEFT, Long.MAX_VALUE, Long.MAX_VALUE);
        this.prune =
                sql.text(
                        """
                        with looked as materialized (
                            select id, created_at, lane,
                                substring(terms from '"batch":([0-9]{1,18})')::bigint as batch
                            from {schema}.job where id > ? order by id limit ?),
                        rule as materialized (
                            select l.id as lane, coalesce(r.finished, ?::bigint) as finished,
                                case when r.queue is null then ?::bigint else r.discarded end
                                    as discarded
                            from {schema}.lane as l left join unnest(
                                ?::text[], ?::bigint[], ?::bigint[])
                                    as r(queue, finished, discarded) using (queue)),
                        finished as materialized (
                            select l.id from looked as l join rule as r using (lane), lateral (
                                select 1 from {schema}.history as h
                                where h.job_id = l.id and h.outcome in (1, 2, 8, 9)
                                    and h.ended_at < to_timestamp(r.finished::float8 / 1000000)
                                limit 1) as h
                            -- what a join will read
                            where not exists (
                                select from {schema}.batch as b
                                where b.id = l.batch and b.ended_at is null and b.on_done <> 0
                                    and b.item_key is not null)),
                        discarded as materialized (
                            select l.id from looked as l join rule as r using (lane), lateral (
                                select 1 from {schema}.discarded as d
                                where d.job_id = l.id and r.discarded <> ?::bigint
                                    and d.discarded_at
                                        < to_timestamp(r.discarded::float8 / 1000000)
                                limit 1) as d)
                        """
                                + gone
                                + """
                                , keys as (
                                    delete from {schema}.key_hold where ctid = any (array(
                                        select k.ctid from {schema}.key_hold as k
                                        where k.until <= to_timestamp(?::float8 / 1000000)
                                        order by k.until limit ? for update skip locked))),
                                -- held while their job was live, and locked when it ended
                                ended as materialized (
                                    select k.ctid as tid, k.job_id from {schema}.key_hold as k
                                    where k.job_id > ? and k.job_id <= (select max(id) from looked)
                                        and {left-over}
                                    order by k.job_id limit ?),
                                left_over as (
                                    delete from {schema}.key_hold where ctid = any (array(
                                        select k.ctid from {schema}.key_hold as k
                                        where k.ctid = any (array(select tid from ended))
                                            -- not taken over meanwhile
                                            and k.job_id = any (array(select job_id from ended))
                                            and k.until is null
                                        order by k.scope, k.key for update skip locked)))
                                select count(*), max(id),
                                    -- ids are only roughly in the order of time
                                    bool_and(created_at >= to_timestamp(?::float8 / 1000000)),
                                    (select id - 1 from cut)
                                from looked
                                """
                                        .replace("{left-over}", Keys.IS_LEFT_OVER));
        this.lock =
                sql.text(
                        """
                        select count(*) from (
                            select from {schema}.job where id = any (?) order by id for update) as j
                        """);
        this.delete =
                sql.text(
                        """
                        with i as materialized (select * from unnest(?::bigint[]) as u(id)),
                        finished as materialized (
                            select i.id from i, lateral (
                                select 1 from {schema}.history as h
                                where h.job_id = i.id and h.outcome in (1, 2, 8, 9)
                                limit 1) as h),
                        discarded as materialized (
                            select i.id from i, lateral (
                                select 1 from {schema}.discarded as d
                                where d.job_id = i.id limit 1) as d)
                        """
                                + gone
                                + "select (select id from cut), (select count(*) from old)");
    }

    long prune(PruneRules rules, long afterJobId, int max) {
        int most = Math.clamp(max, 1, MOST);
        long latest = Sql.micros(rules.latest());
        List<Map.Entry<String, PruneRules.Rule>> byQueue = List.copyOf(rules.byQueue().entrySet());
        return sql.run(
                "prune old jobs",
                connection -> {
                    try (var statement = Sql.prepare(connection, prune)) {
                        int at = 1;
                        statement.setLong(at++, afterJobId);
                        statement.setInt(at++, most);
                        statement.setLong(at++, Sql.micros(rules.others().finishedBefore()));
                        statement.setLong(at++, micros(rules.others().discardedBefore()));
                        statement.setObject(
                                at++,
                                byQueue.stream().map(Map.Entry::getKey).toArray(String[]::new));
                        statement.setObject(
                                at++,
                                byQueue.stream()
                                        .mapToLong(e -> Sql.micros(e.getValue().finishedBefore()))
                                        .toArray());
                        statement.setObject(
                                at++,
                                byQueue.stream()
                                        .mapToLong(e -> micros(e.getValue().discardedBefore()))
                                        .toArray());
                        statement.setLong(at++, NEVER);
                        statement.setLong(at++, Sql.micros(rules.now()));
                        statement.setInt(at++, most);
                        statement.setLong(at++, afterJobId);
                        statement.setInt(at++, most);
                        statement.setLong(at, latest);
                        try (var row = statement.executeQuery()) {
                            row.next();
                            long cut = row.getLong(4);
                            if (!row.wasNull()) {
                                return Math.max(1, cut);
                            }
                            boolean end = row.getInt(1) < most || row.getBoolean(3);
                            return end ? 0 : row.getLong(2);
                        }
                    }
                });
    }

    private static long micros(@Nullable Instant moment) {
        return moment == null ? NEVER : Sql.micros(moment);
    }

    Map<Long, JobState.Name> delete(Collection<Long> ids) {
        if (ids.size() > MOST) {
            throw new IllegalArgumentException(
                    "at most %d jobs at once, got %d".formatted(MOST, ids.size()));
        }
        if (ids.isEmpty()) {
            return Map.of();
        }
        String what = "delete %d jobs".formatted(ids.size());
        var states = sql.run(what, connection -> jobs.states(connection, ids));
        for (long next = Long.MIN_VALUE; next < Long.MAX_VALUE; ) {
            long from = next;
            next = sql.transaction(what, connection -> delete(connection, states, from));
        }
        return states;
    }

    /**
     * Deletes the jobs from an id on; answers where to go on. Their bodies are locked first, since
     * what a signal under way leaves is seen only by a statement that begins after it.
     */
    private long delete(Connection connection, Map<Long, JobState.Name> found, long from)
            throws SQLException {
        var ids = Jobs.array(found.keySet().stream().filter(id -> id >= from).toList());
        try (var statement = Sql.prepare(connection, lock)) {
            statement.setObject(1, ids);
            statement.execute();
        }
        try (var statement = Sql.prepare(connection, delete)) {
            statement.setObject(1, ids);
            try (var row = statement.executeQuery()) {
                row.next();
                long cut = row.getLong(1);
                return row.wasNull() ? Long.MAX_VALUE : cut;
            }
        }
    }
}
