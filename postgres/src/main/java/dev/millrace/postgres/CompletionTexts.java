package dev.millrace.postgres;

/**
 * The statements that record ended attempts.
 *
 * @param finished where every job simply finished
 * @param finishedFreeing the same where some hold keys
 * @param mixed for any endings but waits
 * @param mixedFreeing the same where some hold keys
 */
record CompletionTexts(String finished, String finishedFreeing, String mixed, String mixedFreeing) {
    /**
     * Ends a statement of the store's own that has to wait for another transaction's lock so long.
     * Written where it is evaluated before the first lock is taken; holds for that transaction.
     */
    static final String BOUND = " and (select set_config('lock_timeout', '250', true)) is not null";

    /** Locks the running rows of some endings and answers those that others have locked. */
    static final String BUSY =
            """
            with i as (
                select * from unnest(?::bigint[], ?::bigint[], ?::int[])
                    as i(job_id, claim_id, worker_id)),
            there as materialized (
                select i.job_id, i.claim_id, r.tid
                from i, lateral (
                    select r.ctid as tid from {schema}.running as r
                    where r.worker_id = i.worker_id and r.job_id = i.job_id
                        and r.claim_id = i.claim_id
                    limit 1) as r),
            free as materialized (
                select r.job_id, r.claim_id from {schema}.running as r
                where r.ctid = any (array(select tid from there))
                order by r.job_id for update skip locked)
            select job_id, claim_id from there
            except select job_id, claim_id from free
            """;

    /**
     * Deletes the running rows of {@code i}, those that are held: {@code gone}. The order of these
     * joins is fixed: by index for each ending, then by place in the table.
     *
     * @param bound {@link #BOUND} or nothing
     */
    static String fence(String bound) {
        return """
        ),
        found as materialized (
            select i.*, r.tid
            from i, lateral (
                select r.ctid as tid from {schema}.running as r
                where r.worker_id = i.worker_id and r.job_id = i.job_id
                    and r.claim_id = i.claim_id
                limit 1) as r
            where i.worker_id = any (array(
                select id from {schema}.worker where not dead)){bound}),
        gone as (
            delete from {schema}.running as r using found as f
            where r.ctid = f.tid and r.claim_id = f.claim_id
            returning f.*)
        """
                .replace("{bound}", bound);
    }

    /** Writes the history of {@code gone}. */
    static final String PAST =
            """
            , past as (
                insert into {schema}.history
                    (job_id, claim_id, started_at, ended_at, worker_id,
                        attempt, outcome, detail)
                select job_id, claim_id,
                    to_timestamp(started::float8 / 1000000),
                    to_timestamp(ended::float8 / 1000000),
                    worker_id, attempt, outcome,
                    case when result is null and error is null then null
                        else array[result, error, message, stack] end
                from gone)
            """;

    /** Answers how many are gone and, unless all are, which. */
    static final String MISSING =
            """
            select count(*), null::bigint, null::bigint from gone
            union all
            select 0, job_id, claim_id from gone where (select count(*) from gone) <> ?
            """;

    /**
     * All of them.
     *
     * @param bound {@link #BOUND} or nothing
     */
    static CompletionTexts of(Sql sql, String bound) {
        String finishing =
                sql.text(
                        Sql.anyLength(
                                        """
                                        with i as (
                                            select * from unnest(
                                                ?::bigint[], ?::bigint[], ?::int[], ?::smallint[],
                                                ?::bigint[], ?::bigint[], ?::smallint[])
                                                as i(job_id, claim_id, worker_id, attempt, started,
                                                    ended, outcome)
                                        """)
                                + fence(bound)
                                + """
                                , past as (
                                    insert into {schema}.history
                                        (job_id, claim_id, started_at, ended_at, worker_id,
                                            attempt, outcome, detail)
                                    select job_id, claim_id,
                                        to_timestamp(started::float8 / 1000000),
                                        to_timestamp(ended::float8 / 1000000),
                                        worker_id, attempt, outcome, null
                                    from gone)
                                """);
        String mixing =
                sql.text(
                        Sql.anyLength(
                                        """
                                        with p as materialized (select nextval('{schema}.position') << 16 as base),
                                        i as (
                                            select * from unnest(
                                                ?::bigint[], ?::bigint[], ?::int[], ?::smallint[],
                                                ?::bigint[], ?::bigint[], ?::smallint[], ?::smallint[],
                                                ?::bigint[], ?::smallint[], ?::smallint[],
                                                ?::text[], ?::text[], ?::text[], ?::text[]) with ordinality
                                                as i(job_id, claim_id, worker_id, attempt, started, ended, outcome,
                                                    next, run_at, next_attempt, rescues,
                                                    result, error, message, stack, place)
                                        """)
                                + fence(bound)
                                + """
                                , later as (
                                    insert into {schema}.scheduled
                                        (run_at, job_id, lane, priority, attempt, rescues,
                                            backing_off)
                                    select to_timestamp(g.run_at::float8 / 1000000), g.job_id,
                                        j.lane, j.priority, g.next_attempt, g.rescues,
                                        g.outcome = 3
                                    from gone as g, lateral (
                                        select lane, priority from {schema}.job
                                        where id = g.job_id limit 1) as j
                                    where g.next = 1)
                                , again as (
                                    insert into {schema}.available
                                        (pos, job_id, lane, priority, attempt, rescues, again)
                                    select p.base + g.place - 1, g.job_id, j.lane, j.priority,
                                        g.next_attempt, g.rescues, true
                                    from p, gone as g, lateral (
                                        select lane, priority from {schema}.job
                                        where id = g.job_id limit 1) as j
                                    where g.next = 2)
                                , aside as (
                                    insert into {schema}.discarded
                                        (job_id, discarded_at, lane, attempt)
                                    select g.job_id, to_timestamp(g.ended::float8 / 1000000),
                                        j.lane, g.attempt
                                    from gone as g, lateral (
                                        select lane, priority from {schema}.job
                                        where id = g.job_id limit 1) as j
                                    where g.next = 3)
                                """
                                + PAST);
        String freed = Keys.freed("select job_id from gone where job_id = any (?::bigint[])");
        return new CompletionTexts(
                sql.text(finishing + MISSING),
                sql.text(finishing + freed + MISSING),
                sql.text(mixing + MISSING),
                sql.text(mixing + freed + MISSING));
    }
}
