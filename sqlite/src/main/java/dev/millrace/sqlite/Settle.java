package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.store.Settled;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;

/**
 * Carries out what is due for jobs that do not run: times to live, and requests to cancel. Drops
 * requests for stacks that nobody answered.
 *
 * @param max the most jobs looked at
 */
record Settle(Instant now, int max) implements Operation<Settled> {
    private static final Duration NEXT_LOOK = Duration.ofSeconds(1);
    private static final String DUE =
            """
            SELECT expires_at, job_id FROM expiry
            WHERE expires_at <= ? ORDER BY expires_at, job_id LIMIT ?\
            """;
    private static final String NOT_DUE = "DELETE FROM expiry WHERE (expires_at, job_id) <= (?, ?)";
    private static final String STARTED = "SELECT 1 FROM history WHERE job_id = ? LIMIT 1";

    /** Requests of running jobs are left aside; they are no more than the workers' slots. */
    private static final String REQUESTS =
            """
            SELECT c.job_id, c.reason FROM cancel_request c
            WHERE NOT EXISTS (SELECT 1 FROM running r
              WHERE r.worker_id IN (SELECT id FROM worker) AND r.job_id = c.job_id)
            ORDER BY c.job_id LIMIT ?\
            """;

    private static final String FIRST_EXPIRY = "SELECT min(expires_at) FROM expiry";
    private static final String ANY_REQUEST = "SELECT 1 FROM cancel_request LIMIT 1";

    private record Due(long jobId, String reason) {}

    @Override
    public Settled run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var waiting = new Waiting(transaction);
        var due = due(session);
        int expired = 0;
        for (var each : due) {
            if (session.number(0, STARTED, each.jobId()) == 0
                    && end(session, waiting, each, Attempt.End.EXPIRED, "expired")) {
                expired++;
            }
        }
        waiting.flush();
        var requests = requests(session, max - due.size());
        int cancelled = 0;
        for (var each : requests) {
            if (end(session, waiting, each, Attempt.End.CANCELLED, "cancelled")) {
                cancelled++;
            }
            Cancel.drop(session, each.jobId());
        }
        waiting.flush();
        StackRequests.dropOld(session, now);
        var next = next(session, now);
        return new Settled(expired, cancelled, next != null && next.isBefore(now) ? now : next);
    }

    private boolean end(Session session, Waiting waiting, Due due, Attempt.End end, String type)
            throws SQLException {
        var body = Bodies.findBare(session, due.jobId());
        var place = body == null ? null : Places.ifReadable(session, body);
        return body != null
                && place != null
                && waiting.end(body, place, end, ErrorInfo.reason(type, due.reason()), now);
    }

    /** Takes the times to live that are due. */
    private ArrayList<Due> due(Session session) throws SQLException {
        var found = new ArrayList<Due>();
        long at = 0;
        try (var rows = session.query(DUE, Moments.micros(now), max)) {
            while (rows.next()) {
                at = rows.getLong(1);
                found.add(new Due(rows.getLong(2), "its time to live passed before it started"));
            }
        }
        if (!found.isEmpty()) {
            session.update(NOT_DUE, at, found.getLast().jobId());
        }
        return found;
    }

    private static ArrayList<Due> requests(Session session, int most) throws SQLException {
        var found = new ArrayList<Due>();
        try (var rows = session.query(REQUESTS, most)) {
            while (rows.next()) {
                found.add(new Due(rows.getLong(1), rows.getString(2)));
            }
        }
        return found;
    }

    /** When there is something to settle, as far as is known now. */
    static @Nullable Instant next(Session session, Instant now) throws SQLException {
        long first = session.number(Long.MIN_VALUE, FIRST_EXPIRY);
        var expiry = first == Long.MIN_VALUE ? null : Moments.instant(first);
        var next = earlier(expiry, StackRequests.nextDrop(session));
        if (session.number(0, ANY_REQUEST) == 0) {
            return next;
        }
        return earlier(next, isAnyRequestDue(session) ? now : now.plus(NEXT_LOOK));
    }

    private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isBefore(other) ? one : other;
    }

    private static boolean isAnyRequestDue(Session session) throws SQLException {
        try (var rows = session.query(REQUESTS, 1)) {
            return rows.next();
        }
    }
}
