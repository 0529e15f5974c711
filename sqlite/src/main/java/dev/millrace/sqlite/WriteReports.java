package dev.millrace.sqlite;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.StackNote;
import dev.millrace.job.StepRecord;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.store.LogText;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;

import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/**
 * Writes what running attempts report, each while its claim's running row exists.
 *
 * @param reports each job once
 */
record WriteReports(List<Report> reports) implements Operation<List<Recorded>> {
    /** A log is cut back once it holds so many characters more than it may. */
    private static final int LOG_SLACK = 64 << 10;

    private static final String HELD =
            "SELECT rescues FROM running WHERE worker_id = ? AND job_id = ? AND claim_id = ?";
    private static final String UNRESCUED =
            "UPDATE running SET rescues = 0 WHERE worker_id = ? AND job_id = ?";
    private static final String PROGRESS =
            """
            INSERT INTO attempt_state (job_id, done, total, per_second, progress_at, message)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (job_id) DO UPDATE SET done = excluded.done, total = excluded.total,
              per_second = excluded.per_second, progress_at = excluded.progress_at,
              message = excluded.message
            WHERE progress_at IS NULL OR progress_at <= excluded.progress_at\
            """;
    private static final String CHECKPOINT =
            """
            INSERT INTO attempt_state (job_id, checkpoint, checkpoint_at, checkpoint_text)
            VALUES (?, ?, ?, ?)
            ON CONFLICT (job_id) DO UPDATE SET checkpoint = excluded.checkpoint,
              checkpoint_at = excluded.checkpoint_at, checkpoint_text = excluded.checkpoint_text
            WHERE checkpoint IS NULL OR checkpoint < excluded.checkpoint\
            """;
    private static final String STEP =
            """
            INSERT OR IGNORE INTO job_step (job_id, name, place, tries, at, result)
            VALUES (?, ?, ?, ?, ?, ?)\
            """;
    private static final String LINES =
            "INSERT OR IGNORE INTO job_log (job_id, number, chars, lines) VALUES (?, ?, ?, ?)";
    private static final String LONGER =
            "UPDATE attempt_state SET log_chars = log_chars + ? WHERE job_id = ?";
    private static final String LOG_CHARS = "SELECT log_chars FROM attempt_state WHERE job_id = ?";
    private static final String CHUNKS =
            "SELECT number, chars FROM job_log WHERE job_id = ? ORDER BY number DESC";
    private static final String CUT = "DELETE FROM job_log WHERE job_id = ? AND number < ?";
    private static final String CUT_TO = "UPDATE attempt_state SET log_chars = ? WHERE job_id = ?";
    private static final String STACK =
            """
            INSERT INTO attempt_state (job_id, stack_at, stack) VALUES (?, ?, ?)
            ON CONFLICT (job_id) DO UPDATE SET stack_at = excluded.stack_at, stack = excluded.stack
            WHERE stack_at IS NULL OR stack_at <= excluded.stack_at\
            """;

    @Override
    public List<Recorded> run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var alive = new HashMap<Long, Boolean>();
        var answers = new ArrayList<Recorded>(reports.size());
        for (var report : reports) {
            long worker = report.workerId();
            var lives = alive.get(worker);
            if (lives == null) {
                lives = WorkerRows.isAlive(session, worker);
                alive.put(worker, lives);
            }
            long rescues =
                    lives ? session.number(-1, HELD, worker, report.jobId(), report.claimId()) : -1;
            if (rescues >= 0) {
                write(session, report, rescues);
            }
            answers.add(rescues >= 0 ? Recorded.RECORDED : Recorded.LOST);
        }
        return answers;
    }

    private static void write(Session session, Report report, long rescues) throws SQLException {
        long job = report.jobId();
        var progress = report.progress();
        if (progress != null) {
            progress(session, job, progress);
        }
        var checkpoint = report.checkpoint();
        if (checkpoint != null && checkpoint(session, job, checkpoint) && rescues > 0) {
            session.update(UNRESCUED, report.workerId(), job);
        }
        if (!report.steps().isEmpty()) {
            steps(session, job, report.steps());
        }
        var log = report.log();
        if (log != null) {
            log(session, job, log);
        }
        var stack = report.stack();
        if (stack != null) {
            stack(session, job, stack);
        }
    }

    private static void progress(Session session, long job, Progress progress) throws SQLException {
        var upsert = session.prepare(PROGRESS);
        upsert.setLong(1, job);
        upsert.setLong(2, progress.done());
        upsert.setLong(3, progress.total());
        upsert.setDouble(4, progress.perSecond());
        upsert.setLong(5, Moments.micros(progress.at()));
        var message = progress.message();
        if (message == null) {
            upsert.setNull(6, Types.VARCHAR);
        } else {
            upsert.setString(6, message);
        }
        upsert.executeUpdate();
    }

    /** Whether it was the larger one. */
    private static boolean checkpoint(Session session, long job, Checkpoint checkpoint)
            throws SQLException {
        var upsert = session.prepare(CHECKPOINT);
        upsert.setLong(1, job);
        upsert.setLong(2, checkpoint.number());
        upsert.setLong(3, Moments.micros(checkpoint.at()));
        upsert.setString(4, checkpoint.text());
        return upsert.executeUpdate() == 1;
    }

    private static void steps(Session session, long job, List<StepRecord> steps)
            throws SQLException {
        ReportRows.begin(session, job);
        var insert = session.prepare(STEP);
        for (var step : steps) {
            insert.setLong(1, job);
            insert.setString(2, step.name());
            insert.setInt(3, step.place());
            insert.setInt(4, step.tries());
            insert.setLong(5, Moments.micros(step.at()));
            insert.setString(6, step.result());
            insert.executeUpdate();
        }
    }

    private static void log(Session session, long job, Report.LogChunk log) throws SQLException {
        var lines = LogText.newest(log.lines());
        long chars = LogText.chars(log.lines());
        var insert = session.prepare(LINES);
        insert.setLong(1, job);
        insert.setLong(2, log.number());
        insert.setLong(3, chars);
        insert.setString(4, LogText.write(lines));
        if (insert.executeUpdate() == 0) {
            return;
        }
        ReportRows.begin(session, job);
        session.update(LONGER, chars, job);
        if (LogText.fill(log.lines())
                || session.number(0, LOG_CHARS, job) > LogLine.MAX_LOG + LOG_SLACK) {
            cut(session, job);
        }
    }

    /** Keeps as many of the newest chunks as make a log. */
    private static void cut(Session session, long job) throws SQLException {
        long kept = 0;
        long first = Long.MAX_VALUE;
        try (var rows = session.query(CHUNKS, job)) {
            while (kept < LogLine.MAX_LOG && rows.next()) {
                first = rows.getLong(1);
                kept += rows.getLong(2);
            }
        }
        session.update(CUT, job, first);
        session.update(CUT_TO, kept, job);
    }

    private static void stack(Session session, long job, StackNote stack) throws SQLException {
        var upsert = session.prepare(STACK);
        upsert.setLong(1, job);
        upsert.setLong(2, Moments.micros(stack.at()));
        upsert.setString(3, stack.text());
        upsert.executeUpdate();
        StackRequests.answered(session, job);
    }
}
