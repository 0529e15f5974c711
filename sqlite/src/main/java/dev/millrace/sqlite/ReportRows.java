package dev.millrace.sqlite;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobReport;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.StackNote;
import dev.millrace.job.StepRecord;
import dev.millrace.store.Carried;
import dev.millrace.store.LogText;

import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The rows that reports and signals have left: read, and removed with their jobs. */
final class ReportRows {
    private static final int STEPS_SHOWN = 1000;
    private static final String BEGIN = "INSERT OR IGNORE INTO attempt_state (job_id) VALUES (?)";
    private static final String STATE =
            """
            SELECT done, total, message, per_second, progress_at,
              checkpoint, checkpoint_text, checkpoint_at, stack, stack_at
            FROM attempt_state WHERE job_id = ?\
            """;
    private static final String PROGRESS =
            """
            SELECT done, total, message, per_second, progress_at, job_id FROM attempt_state
            WHERE job_id IN (SELECT value FROM json_each(?)) AND progress_at IS NOT NULL\
            """;
    private static final String STEPS =
            """
            SELECT place, name, result, tries, at FROM job_step
            WHERE job_id = ? ORDER BY place LIMIT ?\
            """;
    private static final String LOG = "SELECT lines FROM job_log WHERE job_id = ? ORDER BY number";
    private static final String LAST_CHUNK =
            "SELECT number FROM job_log WHERE job_id = ? ORDER BY number DESC LIMIT 1";
    private static final String SIGNALS =
            "SELECT name, payload FROM job_signal WHERE job_id = ? ORDER BY seq";
    private static final String WAITS_FOR =
            """
            SELECT w.signal FROM signal_wait w
              JOIN scheduled s ON s.run_at = w.run_at AND s.job_id = w.job_id
            WHERE w.job_id = ?\
            """;
    private static final String REPORTED =
            "SELECT job_id FROM attempt_state WHERE job_id BETWEEN ? AND ? ORDER BY job_id";
    private static final List<String> REMOVE =
            List.of(
                    "DELETE FROM job_log WHERE job_id = ?",
                    "DELETE FROM job_step WHERE job_id = ?",
                    "DELETE FROM job_signal WHERE job_id = ?",
                    "DELETE FROM signal_wait WHERE job_id = ?",
                    "DELETE FROM stack_request WHERE job_id = ?",
                    "DELETE FROM attempt_state WHERE job_id = ?");

    private ReportRows() {}

    /** Makes the row that every job has which leaves something. */
    static void begin(Session session, long job) throws SQLException {
        session.update(BEGIN, job);
    }

    static Carried carried(Session session, long job) throws SQLException {
        Checkpoint checkpoint;
        try (var rows = session.query(STATE, job)) {
            if (!rows.next()) {
                return Carried.NOTHING;
            }
            checkpoint = checkpoint(rows);
        }
        var signals = new ArrayList<Carried.Signal>();
        try (var rows = session.query(SIGNALS, job)) {
            while (rows.next()) {
                signals.add(new Carried.Signal(rows.getString(1), rows.getString(2)));
            }
        }
        return new Carried(checkpoint, steps(session, job, StepRecord.MAX_STEPS), signals);
    }

    static JobReport look(Session session, long job) throws SQLException {
        Progress progress;
        Checkpoint checkpoint;
        StackNote stack;
        try (var rows = session.query(STATE, job)) {
            if (!rows.next()) {
                return JobReport.NONE;
            }
            progress = progress(rows);
            checkpoint = checkpoint(rows);
            var text = rows.getString(9);
            stack = text == null ? null : new StackNote(text, Moments.instant(rows.getLong(10)));
        }
        var log = new ArrayList<LogLine>();
        try (var rows = session.query(LOG, job)) {
            while (rows.next()) {
                LogText.read(rows.getString(1)).forEach(log::add);
            }
        }
        return new JobReport(
                progress,
                checkpoint,
                steps(session, job, STEPS_SHOWN),
                log,
                stack,
                waitsFor(session, job));
    }

    static Map<Long, Long> lastChunks(Session session, Collection<Long> jobs) throws SQLException {
        var found = new TreeMap<Long, Long>();
        for (long job : jobs) {
            long last = session.number(0, LAST_CHUNK, job);
            if (last > 0) {
                found.put(job, last);
            }
        }
        return found;
    }

    static Map<Long, Progress> progress(Session session, Collection<Long> jobs)
            throws SQLException {
        var found = new TreeMap<Long, Progress>();
        var asked = session.prepare(PROGRESS);
        asked.setString(1, Texts.numbers(jobs));
        try (var rows = asked.executeQuery()) {
            while (rows.next()) {
                var progress = progress(rows);
                if (progress != null) {
                    found.put(rows.getLong(6), progress);
                }
            }
        }
        return found;
    }

    private static @Nullable Progress progress(ResultSet rows) throws SQLException {
        long at = rows.getLong(5);
        return rows.wasNull()
                ? null
                : new Progress(
                        rows.getLong(1),
                        rows.getLong(2),
                        rows.getString(3),
                        rows.getDouble(4),
                        Moments.instant(at));
    }

    private static @Nullable Checkpoint checkpoint(ResultSet rows) throws SQLException {
        long number = rows.getLong(6);
        return rows.wasNull()
                ? null
                : new Checkpoint(number, rows.getString(7), Moments.instant(rows.getLong(8)));
    }

    private static List<StepRecord> steps(Session session, long job, int most) throws SQLException {
        var found = new ArrayList<StepRecord>();
        try (var rows = session.query(STEPS, job, most)) {
            while (rows.next()) {
                found.add(
                        new StepRecord(
                                rows.getInt(1),
                                rows.getString(2),
                                rows.getString(3),
                                rows.getInt(4),
                                Moments.instant(rows.getLong(5))));
            }
        }
        return found;
    }

    private static @Nullable String waitsFor(Session session, long job) throws SQLException {
        try (var rows = session.query(WAITS_FOR, job)) {
            return rows.next() ? rows.getString(1) : null;
        }
    }

    /** Removes rows with their jobs, so many in one transaction and those of one job more. */
    static final class Sweep {
        private static final int MOST = 20_000;

        private final Session session;
        private int removed;

        Sweep(Session session) {
            this.session = session;
        }

        /** Whether no more should be removed in this transaction. */
        boolean isFull() {
            return removed >= MOST;
        }

        /** Removes what the jobs of a run of ids left; answers how far, or one before the first. */
        long run(long first, long last) throws SQLException {
            var jobs = new ArrayList<Long>();
            try (var rows = session.query(REPORTED, first, last)) {
                while (rows.next()) {
                    jobs.add(rows.getLong(1));
                }
            }
            for (long job : jobs) {
                if (isFull()) {
                    return job - 1;
                }
                for (var remove : REMOVE) {
                    removed += session.update(remove, job);
                }
            }
            return last;
        }
    }
}
