package dev.millrace.postgres;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobReport;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.StackNote;
import dev.millrace.job.StepRecord;
import dev.millrace.store.Carried;
import dev.millrace.store.JobClaim;
import dev.millrace.store.LogText;

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

/** What jobs have left behind, each look one statement. */
final class ReportLooks {
    private static final int PROGRESS = 0;
    private static final int CHECKPOINT = 1;
    private static final int STACK = 2;
    private static final int WAIT = 3;
    private static final int STEP = 4;
    private static final int LOG = 5;
    private static final int SIGNAL = 6;
    private static final int STEPS_SHOWN = 1000;

    private final Sql sql;
    private final String holds;
    private final String carried;
    private final String resumes;
    private final String look;
    private final String looks;
    private final String progress;
    private final String lastChunks;

    ReportLooks(Sql sql) {
        this.sql = sql;
        this.holds =
                sql.text(
                        """
                        select 1 from {schema}.running
                        where worker_id = ? and job_id = ? and claim_id = ? and worker_id = any (
                            array(select id from {schema}.worker where not dead))
                        """);
        String checkpoint =
                """
                select 1 as tag, checkpoint as n, 0::bigint as m, 0::float8 as f,
                    checkpoint_text as a, null::text as b, checkpoint_at as at
                from {schema}.attempt_state where job_id = ? and checkpoint is not null
                union all
                select 4, place, tries, 0, name, result, at
                from (
                    select * from {schema}.job_step where job_id = ? order by place limit ?) as p
                union all
                """;
        this.resumes =
                sql.text(
                        """
                        select checkpoint as n, checkpoint_text as a, checkpoint_at as at
                        from {schema}.attempt_state where job_id = ? and checkpoint is not null
                        """);
        this.carried =
                sql.text(
                        checkpoint
                                + """
                                select 6, seq, 0, 0, name, payload, at
                                from {schema}.job_signal where job_id = ?
                                order by 1, 2
                                """);
        this.look =
                sql.text(
                        checkpoint
                                + """
                                select 5, number, 0, 0, lines, null, null
                                from {schema}.job_log where job_id = ?
                                union all
                                select 0, done, total, per_second, message, null, progress_at
                                from {schema}.attempt_state
                                where job_id = ? and progress_at is not null
                                union all
                                select 2, 0, 0, 0, stack, null, stack_at
                                from {schema}.attempt_state
                                where job_id = ? and stack_at is not null
                                union all
                                select 3, 0, 0, 0, w.signal, null, null
                                from {schema}.signal_wait as w, lateral (
                                    select 1 from {schema}.scheduled as s
                                    where s.run_at = w.run_at and s.job_id = w.job_id limit 1) as s
                                where w.job_id = ?
                                order by 1, 2
                                """);
        this.looks =
                "select i.id, x.* from unnest(?::bigint[]) as i(id), lateral ("
                        + look.replace("job_id = ?", "job_id = i.id")
                        + ") as x order by 1, 2, 3";
        this.lastChunks =
                sql.text(
                        """
                        select i.job_id, l.number
                        from unnest(?::bigint[]) as i(job_id), lateral (
                            select number from {schema}.job_log as l where l.job_id = i.job_id
                            order by job_id desc, number desc limit 1) as l
                        """);
        this.progress =
                sql.text(
                        """
                        select job_id, done as n, total as m, per_second as f, message as a,
                            progress_at as at
                        from {schema}.attempt_state
                        where job_id = any (?) and progress_at is not null
                        """);
    }

    boolean holds(long workerId, JobClaim claim) {
        return sql.run(
                "look whether job %d is held".formatted(claim.jobId()),
                connection -> {
                    try (var statement = Sql.prepare(connection, holds)) {
                        statement.setLong(1, workerId);
                        statement.setLong(2, claim.jobId());
                        statement.setLong(3, claim.claimId());
                        try (var row = statement.executeQuery()) {
                            return row.next();
                        }
                    }
                });
    }

    Carried carried(long jobId) {
        return sql.run(
                "read what job %d left for its next attempt".formatted(jobId),
                connection -> {
                    try (var statement = Sql.prepare(connection, carried)) {
                        statement.setLong(1, jobId);
                        statement.setLong(2, jobId);
                        statement.setInt(3, StepRecord.MAX_STEPS);
                        statement.setLong(4, jobId);
                        return new Found(statement).carried();
                    }
                });
    }

    Map<Long, Long> lastChunks(Collection<Long> jobIds) {
        return sql.run(
                "look where %d logs end".formatted(jobIds.size()),
                connection -> {
                    try (var statement = Sql.prepare(connection, lastChunks)) {
                        statement.setObject(
                                1, jobIds.stream().mapToLong(Long::longValue).toArray());
                        var last = new HashMap<Long, Long>();
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                last.put(rows.getLong(1), rows.getLong(2));
                            }
                        }
                        return last;
                    }
                });
    }

    /** The job's checkpoint as a caller's own transaction sees it. */
    Optional<Checkpoint> checkpoint(Connection connection, long jobId) throws SQLException {
        try (var statement = Sql.prepare(connection, resumes)) {
            statement.setLong(1, jobId);
            try (var row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(
                                new Checkpoint(
                                        row.getLong("n"),
                                        row.getString("a"),
                                        Sql.instant(row, "at")))
                        : Optional.empty();
            }
        }
    }

    JobReport look(long jobId) {
        return sql.run(
                "read the report of job %d".formatted(jobId),
                connection -> {
                    try (var statement = Sql.prepare(connection, look)) {
                        statement.setLong(1, jobId);
                        statement.setLong(2, jobId);
                        statement.setInt(3, STEPS_SHOWN);
                        for (int at = 4; at <= 7; at++) {
                            statement.setLong(at, jobId);
                        }
                        return new Found(statement).report();
                    }
                });
    }

    Map<Long, JobReport> look(Collection<Long> jobIds) {
        if (jobIds.isEmpty()) {
            return Map.of();
        }
        return sql.run(
                "read the reports of %d jobs".formatted(jobIds.size()),
                connection -> {
                    var found = new HashMap<Long, Found>();
                    try (var statement = Sql.prepare(connection, looks)) {
                        statement.setObject(1, Jobs.array(jobIds));
                        statement.setInt(2, STEPS_SHOWN);
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                found.computeIfAbsent(rows.getLong("id"), id -> new Found())
                                        .add(rows);
                            }
                        }
                    }
                    var reports = new HashMap<Long, JobReport>();
                    found.forEach((id, rows) -> reports.put(id, rows.report()));
                    return reports;
                });
    }

    Map<Long, Progress> progress(Collection<Long> jobIds) {
        if (jobIds.isEmpty()) {
            return Map.of();
        }
        return sql.run(
                "read the progress of %d jobs".formatted(jobIds.size()),
                connection -> {
                    var found = new HashMap<Long, Progress>();
                    try (var statement = Sql.prepare(connection, progress)) {
                        statement.setObject(1, Jobs.array(jobIds));
                        try (var rows = statement.executeQuery()) {
                            while (rows.next()) {
                                found.put(rows.getLong("job_id"), progress(rows));
                            }
                        }
                    }
                    return found;
                });
    }

    private static Progress progress(ResultSet row) throws SQLException {
        return new Progress(
                row.getLong("n"),
                row.getLong("m"),
                row.getString("a"),
                row.getDouble("f"),
                Sql.instant(row, "at"));
    }

    /** The rows of one job, told apart by their tag. */
    private static final class Found {
        private @Nullable Progress progress;
        private @Nullable Checkpoint checkpoint;
        private @Nullable StackNote stack;
        private @Nullable String waitsFor;
        private final List<StepRecord> steps = new ArrayList<>();
        private final List<LogLine> log = new ArrayList<>();
        private final List<Carried.Signal> signals = new ArrayList<>();

        Found() {}

        Found(PreparedStatement statement) throws SQLException {
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    add(rows);
                }
            }
        }

        private void add(ResultSet row) throws SQLException {
            String text = row.getString("a");
            switch (row.getInt("tag")) {
                case PROGRESS -> progress = progress(row);
                case CHECKPOINT ->
                        checkpoint = new Checkpoint(row.getLong("n"), text, Sql.instant(row, "at"));
                case STACK -> stack = new StackNote(text, Sql.instant(row, "at"));
                case WAIT -> waitsFor = text;
                case STEP ->
                        steps.add(
                                new StepRecord(
                                        row.getInt("n"),
                                        text,
                                        row.getString("b"),
                                        row.getInt("m"),
                                        Sql.instant(row, "at")));
                case LOG -> LogText.read(text).forEach(log::add);
                case SIGNAL -> signals.add(new Carried.Signal(text, row.getString("b")));
                default -> throw new IllegalStateException("a look found " + row.getInt("tag"));
            }
        }

        Carried carried() {
            return new Carried(checkpoint, steps, signals);
        }

        JobReport report() {
            return new JobReport(progress, checkpoint, steps, log, stack, waitsFor);
        }
    }
}
