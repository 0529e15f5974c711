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
            SELECT c.job_id, c.reason,
              EXISTS (SELECT 1 FROM running r WHERE r.worker_id = ? AND r.job_id = c.job_id)
            FROM cancel_request c WHERE c.job_id > ? ORDER BY c.job_id LIMIT ?\
            """;

    /**
     * Requests to cancel jobs that run under a worker's name.
     *
     * @param reasons by job
     * @param last where the look ended; 0 when there are no more
     */
    record Requested(Map<Long, String> reasons, long last) {}

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

    /**
     * The jobs running under a worker's name that somebody asked to cancel.
     *
     * @param after the request before the first one looked at
     * @param most the most requests looked at
     */
    static Requested requested(Session session, long worker, long after, int most)
            throws SQLException {
        var found = new HashMap<Long, String>();
        int looked = 0;
        long last = 0;
        try (var rows = session.query(OF_WORKER, worker, after, most)) {
            while (rows.next()) {
                looked++;
                last = rows.getLong(1);
                if (rows.getInt(3) == 1) {
                    found.put(last, rows.getString(2));
                }
            }
        }
        return new Requested(found, looked == most ? last : 0);
    }
}
