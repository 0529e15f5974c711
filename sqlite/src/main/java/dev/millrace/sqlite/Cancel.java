package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.sqlite.SqliteWriter.Operation;

import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Cancels jobs that wait and keeps the request for those that run.
 *
 * @param jobIds few enough for one transaction
 * @param reason for people
 */
record Cancel(List<Long> jobIds, String reason, Instant now)
        implements Operation<Map<Long, JobState.Name>> {
    private static final String REQUEST =
            "INSERT OR IGNORE INTO cancel_request (job_id, requested_at, reason) VALUES (?, ?, ?)";
    private static final String DROP = "DELETE FROM cancel_request WHERE job_id = ?";

    /** From the requests, which are normally none, to the running rows. */
    private static final String OF_WORKER =
            """
            SELECT c.job_id, c.reason FROM cancel_request c CROSS JOIN running r
              ON r.worker_id = ? AND r.job_id = c.job_id LIMIT ?\
            """;

    @Override
    public Map<Long, JobState.Name> run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var waiting = new Waiting(transaction);
        var why = ErrorInfo.reason("cancelled", reason);
        var found = new TreeMap<Long, JobState.Name>();
        for (long id : new TreeSet<>(jobIds)) {
            var body = Bodies.findBare(session, id);
            var place = body == null ? null : Places.ifReadable(session, body);
            if (body == null || place == null) {
                continue;
            }
            found.put(id, place.state().name());
            if (place.state() instanceof JobState.Running) {
                request(session, id, why.message());
            } else {
                waiting.end(body, place, Attempt.End.CANCELLED, why, now);
            }
        }
        waiting.flush();
        return found;
    }

    private void request(Session session, long id, String bounded) throws SQLException {
        var request = session.prepare(REQUEST);
        request.setLong(1, id);
        request.setLong(2, Moments.micros(now));
        request.setString(3, bounded);
        request.executeUpdate();
    }

    /** Drops the request to cancel a job, if there is one. */
    static void drop(Session session, long id) throws SQLException {
        session.update(DROP, id);
    }

    /** The jobs running under a worker's name that somebody asked to cancel. */
    static Map<Long, String> requested(Session session, long worker, int most) throws SQLException {
        var found = new HashMap<Long, String>();
        try (var rows = session.query(OF_WORKER, worker, most)) {
            while (rows.next()) {
                found.put(rows.getLong(1), rows.getString(2));
            }
        }
        return found;
    }
}
