package dev.millrace.postgres;

import dev.millrace.job.LogLine;
import dev.millrace.job.StepRecord;
import dev.millrace.store.LogText;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;

import org.jspecify.annotations.Nullable;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How running attempts report: one statement for a whole batch, ids ascending. Where all say no
 * more than progress and checkpoints, the statement is the short one. The running rows are locked
 * against deletion first, so that a claim is not lost while its report is written.
 */
final class Reports {
    /** A log is cut back once it holds so many characters more than it may. */
    private static final int LOG_SLACK = 64 << 10;

    private final Sql sql;
    private final String brief;
    private final String full;
    private final String cut;

    Reports(Sql sql) {
        this.sql = sql;
        this.brief = sql.text(Statements.held("", "") + Statements.BRIEF);
        this.full =
                sql.text(
                        Statements.held(", ?::bigint[], ?::text[]", ", stack_taken, stack")
                                + Statements.FULL);
        this.cut = sql.text(Statements.CUT);
    }

    /** A report's jobs by what became of it; those in neither set are lost. */
    private record Written(Set<Long> held, Set<Long> busy) {
        Recorded of(Report report) {
            return held.contains(report.jobId())
                    ? Recorded.RECORDED
                    : busy.contains(report.jobId()) ? Recorded.BUSY : Recorded.LOST;
        }
    }

    List<Recorded> report(List<Report> reports) {
        if (reports.isEmpty()) {
            return List.of();
        }
        return sql.run(
                "write %d reports".formatted(reports.size()),
                connection -> {
                    Written written = write(connection, reports);
                    return reports.stream().map(written::of).toList();
                });
    }

    /** Writes a report in a transaction of its handler's own; answers whether its claim is held. */
    boolean isWritten(Connection connection, Report report) throws SQLException {
        hold(connection, report.jobId());
        return write(connection, List.of(report)).of(report) == Recorded.RECORDED;
    }

    /**
     * Has other reports of the job wait until the transaction ends, instead of their whole batch.
     */
    void hold(Connection connection, long jobId) throws SQLException {
        try (var statement = Sql.prepare(connection, "select pg_advisory_xact_lock(?, ?)")) {
            statement.setInt(1, sql.schema().reportLocks());
            statement.setInt(2, Long.hashCode(jobId));
            statement.execute();
        }
    }

    private Written write(Connection connection, List<Report> reports) throws SQLException {
        List<Report> sorted =
                reports.stream().sorted(Comparator.comparingLong(Report::jobId)).toList();
        boolean plain =
                sorted.stream()
                        .allMatch(r -> r.steps().isEmpty() && r.log() == null && r.stack() == null);
        Set<Long> tooLong = Set.of();
        Written written;
        try (var statement = Sql.prepare(connection, plain ? brief : full)) {
            statement.setInt(1, sql.schema().reportLocks());
            int at = common(statement, sorted);
            if (!plain) {
                at = stacks(statement, sorted, at);
                at = logs(statement, sorted, at);
                at = steps(statement, sorted, at);
                statement.setInt(at, LogLine.MAX_LOG + LOG_SLACK);
            }
            try (var row = statement.executeQuery()) {
                row.next();
                written = new Written(ids(row, 1), ids(row, 2));
                if (!plain) {
                    tooLong = ids(row, 3);
                }
            }
        }
        for (Report report : sorted) {
            var log = report.log();
            long job = report.jobId();
            if (tooLong.contains(job)
                    || log != null && written.held().contains(job) && LogText.fill(log.lines())) {
                cut(connection, job);
            }
        }
        return written;
    }

    private static Set<Long> ids(ResultSet row, int column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? Set.of() : new HashSet<>(List.of((Long[]) array.getArray()));
    }

    private static int common(PreparedStatement statement, List<Report> reports)
            throws SQLException {
        int n = reports.size();
        var jobs = new long[n];
        var claims = new long[n];
        var workers = new int[n];
        var said = new long[n];
        var done = new long[n];
        var total = new long[n];
        var perSecond = new double[n];
        var messages = new @Nullable String[n];
        var checkpoints = new long[n];
        var checked = new long[n];
        var texts = new @Nullable String[n];
        for (int i = 0; i < n; i++) {
            Report report = reports.get(i);
            jobs[i] = report.jobId();
            claims[i] = report.claimId();
            workers[i] = (int) report.workerId();
            var progress = report.progress();
            done[i] = progress == null ? -1 : progress.done();
            if (progress != null) {
                said[i] = Sql.micros(progress.at());
                total[i] = progress.total();
                perSecond[i] = progress.perSecond();
                messages[i] = progress.message();
            }
            var checkpoint = report.checkpoint();
            if (checkpoint != null) {
                checkpoints[i] = checkpoint.number();
                checked[i] = Sql.micros(checkpoint.at());
                texts[i] = Texts.withoutNul(checkpoint.text());
            }
        }
        statement.setObject(2, jobs);
        statement.setObject(3, claims);
        statement.setObject(4, workers);
        statement.setObject(5, said);
        statement.setObject(6, done);
        statement.setObject(7, total);
        statement.setObject(8, perSecond);
        statement.setObject(9, messages);
        statement.setObject(10, checkpoints);
        statement.setObject(11, checked);
        statement.setObject(12, texts);
        return 13;
    }

    private static int stacks(PreparedStatement statement, List<Report> reports, int at)
            throws SQLException {
        var taken = new long[reports.size()];
        var stacks = new @Nullable String[reports.size()];
        for (int i = 0; i < stacks.length; i++) {
            var stack = reports.get(i).stack();
            if (stack != null) {
                taken[i] = Sql.micros(stack.at());
                stacks[i] = stack.text();
            }
        }
        statement.setObject(at++, taken);
        statement.setObject(at++, stacks);
        return at;
    }

    private static int logs(PreparedStatement statement, List<Report> reports, int at)
            throws SQLException {
        List<Report> logging = reports.stream().filter(r -> r.log() != null).toList();
        int n = logging.size();
        var numbers = new long[n];
        var chars = new int[n];
        var lines = new String[n];
        for (int i = 0; i < n; i++) {
            var log = logging.get(i).log();
            if (log != null) {
                var kept = LogText.newest(log.lines());
                numbers[i] = log.number();
                chars[i] = (int) LogText.chars(log.lines());
                lines[i] = LogText.write(kept);
            }
        }
        statement.setObject(at++, logging.stream().mapToLong(Report::jobId).toArray());
        statement.setObject(at++, numbers);
        statement.setObject(at++, chars);
        statement.setObject(at++, lines);
        return at;
    }

    private record Step(long jobId, StepRecord step) {}

    private static int steps(PreparedStatement statement, List<Report> reports, int at)
            throws SQLException {
        var steps = new ArrayList<Step>();
        for (Report report : reports) {
            report.steps().forEach(step -> steps.add(new Step(report.jobId(), step)));
        }
        statement.setObject(at++, steps.stream().mapToLong(Step::jobId).toArray());
        statement.setObject(at++, steps.stream().mapToInt(s -> s.step().place()).toArray());
        statement.setObject(at++, steps.stream().mapToInt(s -> s.step().tries()).toArray());
        statement.setObject(
                at++, steps.stream().mapToLong(s -> Sql.micros(s.step().at())).toArray());
        statement.setObject(at++, steps.stream().map(s -> s.step().name()).toArray(String[]::new));
        statement.setObject(
                at++,
                steps.stream()
                        .map(s -> Texts.withoutNul(s.step().result()))
                        .toArray(String[]::new));
        return at;
    }

    /** Keeps as many of the newest chunks as make a log. */
    private void cut(Connection connection, long jobId) throws SQLException {
        try (var statement = Sql.prepare(connection, cut)) {
            statement.setLong(1, jobId);
            statement.setInt(2, LogLine.MAX_LOG);
            statement.executeUpdate();
        }
    }

    /** The statements' texts. */
    private static final class Statements {
        /** What is newer than what is there, as part of an update of the row {@code s}. */
        private static final String NEWER =
                """
                progress_at = greatest(s.progress_at, excluded.progress_at),
                done = case when excluded.progress_at >= s.progress_at or s.progress_at is null
                    then coalesce(excluded.done, s.done) else s.done end,
                total = case when excluded.progress_at >= s.progress_at or s.progress_at is null
                    then coalesce(excluded.total, s.total) else s.total end,
                per_second = case
                    when excluded.progress_at >= s.progress_at or s.progress_at is null
                    then coalesce(excluded.per_second, s.per_second) else s.per_second end,
                message = case when excluded.progress_at >= s.progress_at
                        or s.progress_at is null then excluded.message else s.message end,
                checkpoint = greatest(s.checkpoint, excluded.checkpoint),
                checkpoint_at = case
                    when excluded.checkpoint > s.checkpoint or s.checkpoint is null
                    then excluded.checkpoint_at else s.checkpoint_at end,
                checkpoint_text = case
                    when excluded.checkpoint > s.checkpoint or s.checkpoint is null
                    then excluded.checkpoint_text else s.checkpoint_text end
                """;

        /** A checkpoint forgives the rescues before it. */
        private static final String UNRESCUED =
                """
                , unrescued as (
                    update {schema}.running set rescues = 0 where ctid = any (array(
                        select h.tid from held as h
                        where h.rescues > 0 and h.checkpoint is not null and not exists (
                            select from {schema}.attempt_state as s
                            where s.job_id = h.job_id and s.checkpoint >= h.checkpoint))))
                """;

        /** What every such statement answers first. */
        private static final String BUSY =
                """
                select (select array_agg(job_id) from held),
                    (select array_agg(job_id) from i where not free)
                """;

        static final String BRIEF =
                """
                , written as (
                    insert into {schema}.attempt_state as s (job_id, progress_at, done, total,
                        per_second, message, checkpoint, checkpoint_at, checkpoint_text)
                    select h.job_id, h.progress_at, h.done, h.total, h.per_second, h.message,
                        h.checkpoint, h.checkpoint_at, h.checkpoint_text
                    from held as h where h.done is not null or h.checkpoint is not null
                    on conflict (job_id) do update set
                """
                        + NEWER
                        + ")"
                        + UNRESCUED
                        + BUSY;

        static final String FULL =
                """
                , logged as (
                    insert into {schema}.job_log (job_id, number, chars, lines)
                    select l.job_id, l.number, l.chars, l.lines
                    from unnest(?::bigint[], ?::bigint[], ?::int[], ?::text[])
                        as l(job_id, number, chars, lines)
                    where l.job_id in (select job_id from held)
                    on conflict do nothing returning job_id, chars),
                stepped as (
                    insert into {schema}.job_step (job_id, place, tries, at, name, result)
                    select p.job_id, p.place, p.tries, to_timestamp(p.at::float8 / 1000000),
                        p.name, p.result
                    from unnest(?::bigint[], ?::int[], ?::int[], ?::bigint[], ?::text[],
                        ?::text[]) as p(job_id, place, tries, at, name, result)
                    where p.job_id in (select job_id from held)
                    on conflict do nothing returning job_id),
                more as materialized (
                    select job_id, sum(chars)::int as chars, count(*)::int as parts
                    from (
                        select job_id, chars from logged
                        union all select job_id, 0 from stepped) as m
                    group by job_id),
                written as (
                    insert into {schema}.attempt_state as s (job_id, progress_at, done, total,
                        per_second, message, checkpoint, checkpoint_at, checkpoint_text, stack_at,
                        stack, log_chars, parts)
                    select h.job_id, h.progress_at, h.done, h.total, h.per_second, h.message,
                        h.checkpoint, h.checkpoint_at, h.checkpoint_text,
                        case when h.stack is not null
                            then to_timestamp(h.stack_taken::float8 / 1000000) end,
                        h.stack, coalesce(m.chars, 0), coalesce(m.parts, 0)
                    from held as h left join more as m using (job_id)
                    where h.done is not null or h.checkpoint is not null or h.stack is not null
                        or m.parts > 0
                    order by h.job_id
                    on conflict (job_id) do update set
                        log_chars = s.log_chars + excluded.log_chars,
                        parts = s.parts + excluded.parts,
                        stack_at = greatest(s.stack_at, excluded.stack_at),
                        stack = case when excluded.stack_at >= s.stack_at or s.stack_at is null
                            then excluded.stack else s.stack end,
                """
                        + NEWER
                        + """
                            returning s.job_id, s.log_chars),
                        answered as (
                            delete from {schema}.stack_request where ctid = any (array(
                                select q.ctid from {schema}.stack_request as q
                                where q.job_id in (
                                    select job_id from held where stack is not null)
                                order by q.job_id for update skip locked)))
                        """
                        + UNRESCUED
                        + """
                        """
                        + BUSY
                        + ", (select array_agg(job_id) from written where log_chars > ?)";

        static final String CUT =
                """
                with sums as materialized (
                    select job_id, number, sum(chars) over (order by number desc) as chars,
                        sum(chars) over (order by number desc) - chars as newer
                    from {schema}.job_log where job_id = ?),
                kept as materialized (
                    select max(chars)::int as chars, count(*)::int as parts, min(number) as first
                    from sums where newer < ?),
                gone as (
                    delete from {schema}.job_log as l using sums, kept
                    where l.job_id = sums.job_id and l.number = sums.number
                        and sums.number < kept.first
                    returning l.job_id)
                update {schema}.attempt_state as s
                set log_chars = kept.chars, parts = s.parts - (select count(*) from gone)::int
                from kept where s.job_id = (select min(job_id) from sums)
                """;

        private Statements() {}

        /**
         * The claims held, in order, their running rows locked.
         *
         * @param arrays further parameters, each with its comma in front
         * @param columns what they hold
         */
        static String held(String arrays, String columns) {
            return """
            with i as materialized (
                select job_id,
                    pg_try_advisory_xact_lock(?, (job_id # (job_id >> 32))::bit(32)::int) as free,
                    claim_id, worker_id,
                    case when done >= 0 then to_timestamp(said::float8 / 1000000) end
                        as progress_at,
                    nullif(done, -1) as done, case when done >= 0 then total end as total,
                    case when done >= 0 then per_second end as per_second, message,
                    nullif(checkpoint, 0) as checkpoint,
                    case when checkpoint > 0 then to_timestamp(checked::float8 / 1000000) end
                        as checkpoint_at,
                    checkpoint_text{columns}
                from unnest(?::bigint[], ?::bigint[], ?::int[], ?::bigint[], ?::bigint[],
                    ?::bigint[], ?::float8[], ?::text[], ?::bigint[], ?::bigint[],
                    ?::text[]{arrays})
                    as i(job_id, claim_id, worker_id, said, done, total, per_second, message,
                        checkpoint, checked, checkpoint_text{columns})),
            held as materialized (
                select i.*, r.tid, r.rescues
                from i, lateral (
                    select r.ctid as tid, r.rescues from {schema}.running as r
                    where r.worker_id = i.worker_id and r.job_id = i.job_id
                        and r.claim_id = i.claim_id
                    limit 1 for key share) as r
                where i.free and i.worker_id = any (array(
                    select id from {schema}.worker where not dead)))
            """
                    .replace("{arrays}", arrays)
                    .replace("{columns}", columns);
        }
    }
}
