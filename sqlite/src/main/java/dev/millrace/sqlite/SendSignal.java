package dev.millrace.sqlite;

import dev.millrace.job.JobState;
import dev.millrace.sqlite.Entries.Entry;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.store.Carried;
import dev.millrace.store.Ending;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Instant;

/**
 * Keeps a signal for a job that has not ended, and makes the job available when it waits for it.
 * One writes at a time, so that a wait that is being recorded sees the signal or is seen by it.
 *
 * @param payload JSON text
 */
record SendSignal(long jobId, String name, String payload, Instant now)
        implements Operation<SendSignal.Answer> {
    private static final String COUNT = "SELECT count(*) FROM job_signal WHERE job_id = ?";
    private static final String COUNT_NAMED =
            "SELECT count(*) FROM job_signal WHERE job_id = ? AND name = ?";
    private static final String SEND =
            "INSERT INTO job_signal (job_id, seq, at, name, payload) VALUES (?, ?, ?, ?, ?)";
    private static final String WAIT =
            """
            INSERT INTO signal_wait (job_id, run_at, signal) VALUES (?, ?, ?)
            ON CONFLICT (job_id) DO UPDATE SET run_at = excluded.run_at, signal = excluded.signal\
            """;
    private static final String WAITS =
            "SELECT run_at FROM signal_wait WHERE job_id = ? AND signal = ?";
    private static final String FORGET = "DELETE FROM signal_wait WHERE job_id = ?";
    private static final String UNSCHEDULE =
            "DELETE FROM scheduled WHERE run_at = ? AND job_id = ?";

    /**
     * What came of it.
     *
     * @param found where the job was found; {@code null} for an unknown one
     * @param atLimit whether it can be sent no more
     */
    record Answer(JobState.@Nullable Name found, boolean atLimit) {}

    @Override
    public Answer run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var body = Bodies.findBare(session, jobId);
        var place = body == null ? null : Places.ifReadable(session, body);
        if (body == null || place == null) {
            return new Answer(null, false);
        }
        var found = place.state().name();
        if (place.state().isEnded()) {
            return new Answer(found, false);
        }
        long before = session.number(0, COUNT, jobId);
        if (before >= Carried.MAX_SIGNALS) {
            return new Answer(found, true);
        }
        ReportRows.begin(session, jobId);
        var send = session.prepare(SEND);
        send.setLong(1, jobId);
        send.setLong(2, before + 1);
        send.setLong(3, Moments.micros(now));
        send.setString(4, name);
        send.setString(5, payload);
        send.executeUpdate();
        if (place.state() instanceof JobState.Scheduled scheduled
                && waitsUntil(session) == Moments.micros(scheduled.runAt())) {
            session.update(UNSCHEDULE, Moments.micros(scheduled.runAt()), jobId);
            session.update(FORGET, jobId);
            Entries.availableAgain(
                    transaction,
                    new Entry(
                            jobId,
                            body.lane().id(),
                            9 - body.priority(),
                            place.attempt(),
                            place.rescues()));
        }
        return new Answer(found, false);
    }

    private long waitsUntil(Session session) throws SQLException {
        var waits = session.prepare(WAITS);
        waits.setLong(1, jobId);
        waits.setString(2, name);
        try (var rows = waits.executeQuery()) {
            return rows.next() ? rows.getLong(1) : Long.MIN_VALUE;
        }
    }

    /** Enters a job that waits for a signal, or is available if one came already. */
    static void enter(Transaction transaction, Entry entry, Ending.Next.Waiting waiting)
            throws SQLException {
        var session = transaction.session();
        var count = session.prepare(COUNT_NAMED);
        count.setLong(1, entry.jobId());
        count.setString(2, waiting.signal());
        try (var rows = count.executeQuery()) {
            rows.next();
            if (rows.getInt(1) > waiting.seen()) {
                Entries.availableAgain(transaction, entry);
                return;
            }
        }
        long until = Moments.micros(waiting.until());
        ReportRows.begin(session, entry.jobId());
        var wait = session.prepare(WAIT);
        wait.setLong(1, entry.jobId());
        wait.setLong(2, until);
        wait.setString(3, waiting.signal());
        wait.executeUpdate();
        Entries.scheduled(session, entry, until, false);
    }

    /** Forgets what a job waited for that goes on otherwise. */
    static void forgetWait(Session session, long job) throws SQLException {
        session.update(FORGET, job);
    }
}
