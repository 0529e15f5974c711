package dev.millrace.postgres;

import dev.millrace.store.NewJob;
import dev.millrace.store.SchedulePut;
import dev.millrace.store.ScheduleState;
import dev.millrace.store.ScheduleStep;
import dev.millrace.store.ScheduleTerms;
import dev.millrace.store.Stepped;
import dev.millrace.store.Tick;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How schedules are stored and step. Both lock the states they replace in the order of their ids,
 * passing over those that another change holds, so that no two of them wait for each other.
 */
final class ScheduleWrites {
    /** Stands for no moment and no job in arrays. */
    private static final long NONE = -1;

    private final Sql sql;
    private final Enqueues enqueues;
    private final Runnable announce;
    private final String make;
    private final String replace;
    private final String step;
    private final String tick;

    /**
     * @param announce tells of work, and that schedules changed
     */
    ScheduleWrites(Sql sql, Enqueues enqueues, Runnable announce) {
        this.sql = sql;
        this.enqueues = enqueues;
        this.announce = announce;
        // 1 to 8: a state; 9 to 15: the schedule
        String puts =
                """
                with i as materialized (
                    select name, at, version, declared, queue, kind, definition, revision, paused,
                        nullif(due_at, {none}) as due_at, nullif(next_at, {none}) as next_at,
                        nullif(awaited, {none}) as awaited, nullif(queued_at, {none}) as queued_at,
                        nullif(last_at, {none}) as last_at, nullif(last_job, {none}) as last_job
                    from unnest(?::bigint[], ?::boolean[], ?::bigint[], ?::bigint[], ?::bigint[],
                        ?::bigint[], ?::bigint[], ?::bigint[], ?::text[], ?::bigint[], ?::int[],
                        ?::boolean[], ?::text[], ?::text[], ?::text[])
                        as i(revision, paused, due_at, next_at, awaited, queued_at, last_at,
                            last_job, name, at, version, declared, queue, kind, definition)),
                """;
        this.make =
                text(
                        puts
                                + """
                                made as (
                                    insert into {schema}.schedule (created_at, changed_at, version,
                                        declared, name, queue, kind, definition)
                                    select at, at, version, declared, name, queue, kind, definition
                                    from i where revision = 0 order by name
                                    on conflict (name) do nothing returning id, name),
                                states as (
                                    insert into {schema}.schedule_state (schedule_id, revision,
                                        paused, due_at, next_at, awaited, queued_at, last_at,
                                        last_job)
                                    select made.id, 1, paused, due_at, next_at, awaited, queued_at,
                                        last_at, last_job
                                    from made join i on i.name = made.name)
                                select name from made
                                """);
        this.replace =
                text(
                        puts
                                + """
                                held as materialized (
                                    select s.id, i.*
                                    from i
                                    join {schema}.schedule as s on s.name = i.name
                                    join {schema}.schedule_state as t
                                        on t.schedule_id = s.id and t.revision = i.revision
                                    order by s.id for update of t skip locked),
                                states as (
                                    update {schema}.schedule_state as t
                                    set revision = t.revision + 1, paused = h.paused,
                                        due_at = h.due_at, next_at = h.next_at,
                                        awaited = h.awaited, queued_at = h.queued_at,
                                        last_at = h.last_at, last_job = h.last_job
                                    from held as h where t.schedule_id = h.id)
                                update {schema}.schedule as s
                                set changed_at = h.at, version = h.version, declared = h.declared,
                                    queue = h.queue, kind = h.kind, definition = h.definition
                                from held as h where s.id = h.id
                                returning s.name
                                """);
        this.step =
                text(
                        """
                        with i as materialized (
                            select * from unnest(?::bigint[], ?::boolean[], ?::bigint[],
                                ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[],
                                ?::bigint[])
                                as i(revision, paused, due_at, next_at, awaited, queued_at,
                                    last_at, last_job, id)),
                        held as materialized (
                            select i.* from i
                            join {schema}.schedule_state as t
                                on t.schedule_id = i.id and t.revision = i.revision
                            order by t.schedule_id for update of t skip locked)
                        update {schema}.schedule_state as t
                        set revision = t.revision + 1, paused = h.paused,
                            due_at = nullif(h.due_at, {none}),
                            next_at = nullif(h.next_at, {none}),
                            awaited = nullif(h.awaited, {none}),
                            queued_at = nullif(h.queued_at, {none}),
                            last_at = nullif(h.last_at, {none}),
                            last_job = nullif(h.last_job, {none})
                        from held as h where t.schedule_id = h.id
                        returning t.schedule_id
                        """);
        this.tick =
                text(
                        """
                        insert into {schema}.tick (schedule_id, at, job_id, triggered)
                        select id, at, nullif(job, {none}), triggered
                        from unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::boolean[])
                            as i(id, at, job, triggered)
                        order by id, at
                        on conflict do nothing returning job_id
                        """);
    }

    private String text(String template) {
        return sql.text(template.replace("{none}", "(" + NONE + ")"));
    }

    /** Stores schedules, one or more. */
    List<Boolean> put(List<SchedulePut> puts) {
        boolean some = puts.stream().anyMatch(put -> put.state().revision() == 0);
        boolean others = puts.stream().anyMatch(put -> put.state().revision() != 0);
        Set<String> done =
                sql.transaction(
                        "store %d schedules".formatted(puts.size()),
                        connection -> {
                            var names = new HashSet<String>();
                            if (some) {
                                names.addAll(put(connection, make, puts));
                            }
                            if (others) {
                                names.addAll(put(connection, replace, puts));
                            }
                            return names;
                        });
        announce.run();
        return puts.stream().map(put -> done.contains(put.name())).toList();
    }

    private static List<String> put(Connection connection, String text, List<SchedulePut> puts)
            throws SQLException {
        try (var statement = Sql.prepare(connection, text)) {
            int at = states(statement, puts.stream().map(SchedulePut::state).toList());
            statement.setObject(at++, puts.stream().map(SchedulePut::name).toArray(String[]::new));
            statement.setObject(at++, puts.stream().mapToLong(p -> Sql.micros(p.at())).toArray());
            var terms = puts.stream().map(SchedulePut::terms).toList();
            statement.setObject(at++, terms.stream().mapToInt(ScheduleTerms::version).toArray());
            var declared = new boolean[puts.size()];
            for (int i = 0; i < declared.length; i++) {
                declared[i] = terms.get(i).declared();
            }
            statement.setObject(at++, declared);
            statement.setObject(
                    at++, terms.stream().map(ScheduleTerms::queue).toArray(String[]::new));
            statement.setObject(
                    at++, terms.stream().map(ScheduleTerms::kind).toArray(String[]::new));
            statement.setObject(
                    at,
                    terms.stream()
                            .map(each -> Texts.withoutNul(each.definition()))
                            .toArray(String[]::new));
            var names = new ArrayList<String>();
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
            return names;
        }
    }

    /** Fills in states from the first parameter on; answers the place of the next. */
    private static int states(PreparedStatement statement, List<ScheduleState> states)
            throws SQLException {
        int n = states.size();
        var numbers = new long[7][n];
        var paused = new boolean[n];
        for (int i = 0; i < n; i++) {
            ScheduleState state = states.get(i);
            numbers[0][i] = state.revision();
            paused[i] = state.paused();
            numbers[1][i] = micros(state.dueAt());
            numbers[2][i] = micros(state.nextAt());
            numbers[3][i] = number(state.awaited());
            numbers[4][i] = micros(state.queuedAt());
            numbers[5][i] = micros(state.lastAt());
            numbers[6][i] = number(state.lastJob());
        }
        statement.setObject(1, numbers[0]);
        statement.setObject(2, paused);
        for (int i = 1; i < numbers.length; i++) {
            statement.setObject(i + 2, numbers[i]);
        }
        return 9;
    }

    private static long micros(@Nullable Instant at) {
        return at == null ? NONE : Sql.micros(at);
    }

    private static long number(@Nullable Long id) {
        return id == null ? NONE : id;
    }

    /** Has steps happen, one or more. */
    List<Stepped> step(List<ScheduleStep> steps) {
        List<NewJob> jobs = jobs(steps);
        enqueues.prepare(jobs);
        List<Stepped> answers =
                sql.transaction(
                        "step %d schedules".formatted(steps.size()),
                        connection -> step(connection, steps));
        announce.run();
        return answers;
    }

    private static List<NewJob> jobs(List<ScheduleStep> steps) {
        var jobs = new ArrayList<NewJob>();
        for (ScheduleStep step : steps) {
            for (Tick tick : step.ticks()) {
                if (tick.job() != null) {
                    jobs.add(tick.job());
                }
            }
        }
        return jobs;
    }

    private List<Stepped> step(Connection connection, List<ScheduleStep> steps)
            throws SQLException {
        var done = new HashSet<Long>();
        try (var statement = Sql.prepare(connection, step)) {
            int at = states(statement, steps.stream().map(ScheduleStep::state).toList());
            statement.setObject(at, steps.stream().mapToLong(ScheduleStep::scheduleId).toArray());
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    done.add(rows.getLong(1));
                }
            }
        }
        Set<Long> fresh =
                tick(
                        connection,
                        steps.stream().filter(s -> done.contains(s.scheduleId())).toList());
        var accepted = new ArrayList<NewJob>();
        var answers = new ArrayList<Stepped>();
        for (ScheduleStep step : steps) {
            var own = jobs(List.of(step)).stream().filter(job -> fresh.contains(job.id())).toList();
            accepted.addAll(own);
            answers.add(
                    done.contains(step.scheduleId())
                            ? new Stepped(true, own.stream().map(NewJob::id).toList())
                            : Stepped.NOT);
        }
        if (!accepted.isEmpty()) {
            enqueues.write(connection, accepted, false);
        }
        return answers;
    }

    /** Answers the jobs of those ticks that had not happened before. */
    private Set<Long> tick(Connection connection, List<ScheduleStep> steps) throws SQLException {
        int n = steps.stream().mapToInt(step -> step.ticks().size()).sum();
        if (n == 0) {
            return Set.of();
        }
        var ids = new long[n];
        var moments = new long[n];
        var jobIds = new long[n];
        var triggered = new boolean[n];
        int i = 0;
        for (ScheduleStep step : steps) {
            for (Tick each : step.ticks()) {
                ids[i] = step.scheduleId();
                moments[i] = Sql.micros(each.at());
                NewJob job = each.job();
                jobIds[i] = job == null ? NONE : job.id();
                triggered[i++] = each.triggered();
            }
        }
        try (var statement = Sql.prepare(connection, tick)) {
            statement.setObject(1, ids);
            statement.setObject(2, moments);
            statement.setObject(3, jobIds);
            statement.setObject(4, triggered);
            var fresh = new HashSet<Long>();
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    fresh.add(rows.getLong(1));
                }
            }
            return fresh;
        }
    }
}
