package dev.millrace.postgres;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.JobTerms;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.Trait;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Single jobs looked up by id: where they stand, their history. All from one snapshot. */
final class Jobs {
    private final Sql sql;
    private final Lanes lanes;
    private final String details;
    private final String states;
    private final String history;
    private final String histories;
    private final String ended;
    private final String retry;
    private final String ownRetry;

    Jobs(Sql sql, Lanes lanes) {
        this.sql = sql;
        this.lanes = lanes;
        String found =
                sql.text(
                        """
                        from (
                            select j.id, j.terms, j.lane, j.priority, j.payload, j.tags, j.max_attempts,
                                j.created_at, s.run_at, s.backing_off, r.worker_id, r.claimed_at,
                                d.discarded_at, h.ended_at, h.outcome, h.detail,
                                coalesce(r.attempt, a.attempt, s.attempt, d.attempt, h.attempt)
                                    as attempt,
                                case when r.attempt is not null then 'RUNNING'
                                    when a.attempt is not null then 'AVAILABLE'
                                    when s.attempt is not null then 'SCHEDULED'
                                    when d.attempt is not null then 'DISCARDED'
                                    when h.outcome in (1, 2) then 'COMPLETED'
                                    when h.outcome = 8 then 'CANCELLED'
                                    when h.outcome = 9 then 'EXPIRED' end as state
                            from {schema}.job as j
                            left join lateral (
                                select r.* from {schema}.running as r
                                where r.job_id = j.id and r.worker_id = any (array(
                                    select id from {schema}.worker))
                                limit 1) as r on true
                            left join lateral (
                                select a.attempt from {schema}.available as a
                                where a.lane = j.lane and a.priority = j.priority
                                    and a.pos = j.pos and a.job_id = j.id
                                union all
                                select a.attempt from {schema}.available as a
                                where a.again and a.job_id = j.id
                                limit 1) as a on true
                            left join lateral (
                                select s.* from {schema}.scheduled as s
                                where s.lane = j.lane and s.job_id = j.id limit 1) as s on true
                            left join lateral (
                                select d.* from {schema}.discarded as d
                                where d.job_id = j.id limit 1) as d on true
                            left join lateral (
                                select h.* from {schema}.history as h
                                where h.job_id = j.id and h.outcome in (1, 2, 8, 9)
                                order by h.ended_at desc limit 1) as h on true
                            where j.id = any (?)
                                and (?::int[] is null or j.lane = any (?::int[]))
                                and (?::text is null
                                    or ?::text = any (string_to_array(j.tags, ',')))
                                and (?::text is null or strpos(j.payload, ?::text) > 0)) as j
                        where ?::text is null or j.state = ?::text
                        """);
        this.details = "select * " + found;
        this.ownRetry = sql.text("select retry, max_attempts from {schema}.job where id = ?");
        this.states = "select id, state " + found;
        // By the transactions that wrote the rows, whatever the workers' clocks said; a job's
        // attempts
        // follow each other. Where a restored dump made one transaction of all, by the clocks.
        String newestFirst =
                """
                order by outcome in (1, 2, 8, 9) desc, age(xmin), ended_at desc, started_at desc
                limit 100
                """;
        this.history = sql.text("select * from {schema}.history where job_id = ?\n" + newestFirst);
        this.histories =
                sql.text(
                        """
                        select h.* from unnest(?::bigint[]) with ordinality as i(id, n), lateral (
                            select row_number() over () as place, o.* from (
                                select * from {schema}.history where job_id = i.id
                        """
                                + newestFirst
                                + ") as o) as h order by i.n, h.place");
        this.ended =
                sql.text(
                        """
                        select job_id, discarded_at as ended_at, 4 as outcome, null::text[] as detail
                        from {schema}.discarded where job_id = any (?)
                        union all
                        select job_id, ended_at, outcome, detail
                        from {schema}.history
                        where job_id = any (?) and outcome in (1, 2, 8, 9)
                        """);
        this.retry =
                sql.text(
                        """
                        with later as (
                            delete from {schema}.scheduled
                            where ctid = any (array(
                                select s.tid
                                from unnest(?::bigint[]) as i(id), lateral (
                                    select s.ctid as tid
                                    from {schema}.job as j join {schema}.scheduled as s
                                        on s.lane = j.lane and s.job_id = j.id
                                    where j.id = i.id limit 1) as s))
                            returning job_id, attempt, rescues),
                        aside as (
                            delete from {schema}.discarded where job_id = any (?)
                            returning job_id),
                        forgiven as (
                            delete from {schema}.cancel_request where ctid = any (array(
                                select c.ctid from {schema}.cancel_request as c
                                where c.job_id in (select job_id from aside)
                                order by c.job_id for update skip locked))),
                        unwaited as (
                            delete from {schema}.signal_wait where job_id = any (array(
                                select job_id from later))),
                        gone as (
                            select job_id, attempt, rescues, 'SCHEDULED' as state from later
                            union all
                            select job_id, 1, 0, 'DISCARDED' from aside),
                        p as materialized (select nextval('{schema}.position') << 16 as base),
                        moved as (
                            insert into {schema}.available
                                (pos, job_id, lane, priority, attempt, rescues, again)
                            select p.base + row_number() over (order by g.job_id) - 1, g.job_id,
                                j.lane, j.priority, g.attempt, g.rescues, true
                            from p, gone as g, lateral (
                                select lane, priority from {schema}.job
                                where id = g.job_id limit 1) as j)
                        select job_id, state from gone
                        """);
    }

    /** Which of some jobs are wanted; {@code null} means any. */
    record Wanted(
            @Nullable List<Integer> lanes,
            @Nullable String tag,
            @Nullable String text,
            JobState.@Nullable Name state,
            List<Trait> traits) {
        static final Wanted ANY = new Wanted(null, null, null, null, List.of());

        boolean isAny() {
            return lanes == null && tag == null && text == null && traits.isEmpty();
        }

        /** Whether payload, tags or terms decide. */
        boolean readsBodies() {
            return tag != null || reads();
        }

        /** Whether payloads are looked into. */
        boolean reads() {
            return text != null || !traits.isEmpty();
        }
    }

    Optional<JobSnapshot> find(long jobId) {
        return sql.run(
                "find job %d".formatted(jobId),
                connection -> {
                    JobSnapshot job = details(connection, List.of(jobId), Wanted.ANY).get(jobId);
                    if (job == null) {
                        return Optional.empty();
                    }
                    return Optional.of(with(job, history(connection, jobId)));
                });
    }

    Optional<RetryPolicy> ownRetry(long jobId) {
        return sql.run(
                "retry policy of job %d".formatted(jobId),
                connection -> {
                    try (var statement = Sql.prepare(connection, ownRetry)) {
                        statement.setLong(1, jobId);
                        try (var row = statement.executeQuery()) {
                            return row.next()
                                    ? Optional.ofNullable(
                                            RetryText.read(row.getString(1), row.getInt(2)))
                                    : Optional.empty();
                        }
                    }
                });
    }

    Map<Long, JobSnapshot> find(Collection<Long> jobIds) {
        if (jobIds.isEmpty()) {
            return Map.of();
        }
        return sql.run(
                "find %d jobs".formatted(jobIds.size()),
                connection -> {
                    var found = new HashMap<>(details(connection, jobIds, Wanted.ANY));
                    Map<Long, List<Attempt>> attempts = histories(connection, found.keySet());
                    found.replaceAll((id, job) -> with(job, attempts.getOrDefault(id, List.of())));
                    return found;
                });
    }

    private static JobSnapshot with(JobSnapshot job, List<Attempt> attempts) {
        return new JobSnapshot(
                job.id(),
                job.kind(),
                job.version(),
                job.queue(),
                job.priority(),
                job.payload(),
                job.tags(),
                job.attempt(),
                job.maxAttempts(),
                job.createdAt(),
                job.state(),
                job.terms(),
                attempts);
    }

    /** The wanted ones of some jobs, by id, without history. */
    Map<Long, JobSnapshot> details(Connection connection, Collection<Long> ids, Wanted wanted)
            throws SQLException {
        var found = new HashMap<Long, JobSnapshot>();
        try (var statement = Sql.prepare(connection, details)) {
            fill(statement, ids, wanted);
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    if (row.getString("state") != null) {
                        found.put(row.getLong("id"), snapshot(row));
                    }
                }
            }
        }
        return found;
    }

    /**
     * The states of the wanted ones of some jobs, by id; no payload is read unless wanted by it.
     */
    Map<Long, JobState.Name> states(Connection connection, Collection<Long> ids, Wanted wanted)
            throws SQLException {
        var found = new HashMap<Long, JobState.Name>();
        try (var statement = Sql.prepare(connection, states)) {
            fill(statement, ids, wanted);
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    String state = row.getString(2);
                    if (state != null) {
                        found.put(row.getLong(1), JobState.Name.valueOf(state));
                    }
                }
            }
        }
        return found;
    }

    /** The states of the known ones of some jobs. */
    Map<Long, JobState.Name> states(Connection connection, Collection<Long> ids)
            throws SQLException {
        return ids.isEmpty() ? Map.of() : states(connection, ids, Wanted.ANY);
    }

    private static void fill(PreparedStatement statement, Collection<Long> ids, Wanted wanted)
            throws SQLException {
        String state = wanted.state() == null ? null : wanted.state().name();
        int at = 1;
        statement.setObject(at++, array(ids));
        for (int i = 0; i < 2; i++) {
            if (wanted.lanes() == null) {
                statement.setNull(at++, java.sql.Types.ARRAY);
            } else {
                statement.setObject(at++, ints(wanted.lanes()));
            }
        }
        statement.setString(at++, wanted.tag());
        statement.setString(at++, wanted.tag());
        statement.setString(at++, wanted.text());
        statement.setString(at++, wanted.text());
        statement.setString(at++, state);
        statement.setString(at, state);
    }

    private JobSnapshot snapshot(ResultSet row) throws SQLException {
        Lanes.Lane lane = lanes.lane(row.getInt("lane"));
        return new JobSnapshot(
                row.getLong("id"),
                lane.kind(),
                lane.version(),
                lane.queue(),
                row.getInt("priority"),
                row.getString("payload"),
                Texts.tags(row.getString("tags")),
                row.getInt("attempt"),
                row.getInt("max_attempts"),
                Sql.instant(row, "created_at"),
                state(row),
                terms(row),
                List.of());
    }

    /** Damaged terms must not keep a job from being looked at. */
    private static JobTerms terms(ResultSet row) throws SQLException {
        try {
            return Texts.terms(row.getString("terms"));
        } catch (UnreadableException e) {
            return JobTerms.NONE;
        }
    }

    private static JobState state(ResultSet row) throws SQLException {
        return switch (JobState.Name.valueOf(row.getString("state"))) {
            case RUNNING ->
                    new JobState.Running(row.getLong("worker_id"), Sql.instant(row, "claimed_at"));
            case AVAILABLE -> new JobState.Available();
            case SCHEDULED ->
                    new JobState.Scheduled(
                            Sql.instant(row, "run_at"), row.getBoolean("backing_off"));
            case DISCARDED -> new JobState.Discarded(Sql.instant(row, "discarded_at"));
            case COMPLETED, CANCELLED, EXPIRED -> ending(row);
        };
    }

    private static JobState ending(ResultSet row) throws SQLException {
        var at = Sql.instant(row, "ended_at");
        Attempt.End end = Attempt.End.of(row.getInt("outcome"));
        return switch (end) {
            case COMPLETED, SKIPPED ->
                    new JobState.Completed(at, end == Attempt.End.SKIPPED, Detail.of(row).result());
            case CANCELLED -> new JobState.Cancelled(at);
            case EXPIRED -> new JobState.Expired(at);
            case DISCARDED -> new JobState.Discarded(at);
            case FAILED, SNOOZED, RESCUED, INTERRUPTED, SLEPT, WAITED, YIELDED ->
                    throw new IllegalStateException("not the end of a job: " + end);
        };
    }

    private List<Attempt> history(Connection connection, long jobId) throws SQLException {
        var attempts = new ArrayList<Attempt>();
        try (var statement = Sql.prepare(connection, history)) {
            statement.setLong(1, jobId);
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    attempts.add(attempt(row));
                }
            }
        }
        return attempts.reversed();
    }

    private Map<Long, List<Attempt>> histories(Connection connection, Collection<Long> ids)
            throws SQLException {
        var found = new HashMap<Long, List<Attempt>>();
        try (var statement = Sql.prepare(connection, histories)) {
            statement.setObject(1, array(ids));
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    found.computeIfAbsent(row.getLong("job_id"), id -> new ArrayList<>())
                            .add(attempt(row));
                }
            }
        }
        found.replaceAll((id, attempts) -> attempts.reversed());
        return found;
    }

    private static Attempt attempt(ResultSet row) throws SQLException {
        Detail detail = Detail.of(row);
        return new Attempt(
                row.getInt("attempt"),
                row.getLong("worker_id"),
                Sql.instant(row, "started_at"),
                Sql.instant(row, "ended_at"),
                Attempt.End.of(row.getInt("outcome")),
                detail.error(),
                detail.result());
    }

    /** What history keeps beside the facts. */
    private record Detail(@Nullable String result, @Nullable ErrorInfo error) {
        static Detail of(ResultSet row) throws SQLException {
            var array = row.getArray("detail");
            if (array == null) {
                return new Detail(null, null);
            }
            var parts = (@Nullable String[]) array.getArray();
            String type = parts[1];
            return new Detail(
                    parts[0],
                    type == null
                            ? null
                            : new ErrorInfo(
                                    type,
                                    String.valueOf(parts[2]),
                                    parts[3] == null ? "" : parts[3]));
        }
    }

    Map<Long, JobState> ended(Collection<Long> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return sql.run(
                "look up ended jobs",
                connection -> {
                    var states = new HashMap<Long, JobState>();
                    try (var statement = Sql.prepare(connection, ended)) {
                        statement.setObject(1, array(ids));
                        statement.setObject(2, array(ids));
                        try (var row = statement.executeQuery()) {
                            while (row.next()) {
                                states.put(row.getLong(1), ending(row));
                            }
                        }
                    }
                    return states;
                });
    }

    Map<Long, JobState.Name> retry(Collection<Long> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return sql.run(
                "retry %d jobs".formatted(ids.size()),
                connection -> {
                    var states = new HashMap<Long, JobState.Name>();
                    try (var statement = Sql.prepare(connection, retry)) {
                        statement.setObject(1, array(ids));
                        statement.setObject(2, array(ids));
                        try (var row = statement.executeQuery()) {
                            while (row.next()) {
                                states.put(row.getLong(1), JobState.Name.valueOf(row.getString(2)));
                            }
                        }
                    }
                    var others = ids.stream().filter(id -> !states.containsKey(id)).toList();
                    if (!others.isEmpty()) {
                        states.putAll(states(connection, others));
                    }
                    return states;
                });
    }

    static int[] ints(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    static long[] array(Collection<Long> ids) {
        return ids.stream().mapToLong(Long::longValue).sorted().toArray();
    }
}
