package dev.millrace.postgres;

import dev.millrace.job.Attempt;

/**
 * Parts of statements that end jobs which wait: their position goes, a history row without a worker
 * comes. The statement begins with {@code t(at)}, the moment, and {@code i(job_id, message)}, the
 * jobs and why; what was ended is {@code ended(job_id, attempt, run_at, message)}.
 */
final class Waiting {
    private Waiting() {}

    /**
     * Finds the jobs' positions and deletes them.
     *
     * @param lock {@code for update} to wait for others that hold them, or with {@code skip locked}
     */
    static String gone(String lock) {
        return """
        , place as materialized (
            select i.job_id, i.message, s.tid as later, a.tid as now
            from i cross join lateral (
                select lane, priority, pos from {schema}.job where id = i.job_id limit 1) as j
            left join lateral (
                select s.ctid as tid from {schema}.scheduled as s
                where s.lane = j.lane and s.job_id = i.job_id limit 1) as s on true
            left join lateral (
                select a.ctid as tid from {schema}.available as a
                where a.lane = j.lane and a.priority = j.priority and a.pos = j.pos
                    and a.job_id = i.job_id
                union all
                select a.ctid from {schema}.available as a
                where a.again and a.job_id = i.job_id
                limit 1) as a on true
            where s.tid is not null or a.tid is not null),
        later as (
            delete from {schema}.scheduled where ctid = any (array(
                select s.ctid from {schema}.scheduled as s
                where s.ctid = any (array(select later from place where later is not null))
                order by s.job_id {lock}))
            returning job_id, attempt, run_at),
        now as (
            delete from {schema}.available where ctid = any (array(
                select a.ctid from {schema}.available as a
                where a.ctid = any (array(select now from place where now is not null))
                order by a.job_id {lock}))
            returning job_id, attempt, null::timestamptz as run_at),
        ended as (
            select g.job_id, g.attempt, g.run_at, place.message
            from (select * from later union all select * from now) as g
                join place using (job_id))
        """
                .replace("{lock}", lock);
    }

    /** Writes the history of what was ended. */
    static String past(Attempt.End end) {
        return """
        , past as (
            insert into {schema}.history (job_id, claim_id, started_at, ended_at, worker_id,
                attempt, outcome, detail)
            select job_id, 0, t.at, t.at, 0, attempt, {outcome},
                array[null, '{type}', message, '']
            from ended, t)
        """
                .replace("{outcome}", Integer.toString(end.code()))
                .replace("{type}", end.name().toLowerCase(java.util.Locale.ROOT));
    }
}
