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
import java.util.concurrent.atomic.AtomicLong;

/**
 * Carries out what is due for jobs that do not run: times to live, and requests to cancel. Drops
 * requests for stacks that nobody answered.
 *
 * @param max the most times to live, and the most requests, looked at
 * @param afterRequest where the look at requests begins, kept from step to step, so that those of
 *     running jobs, which stand, hide no others
 */
record Settle(Instant now, int max, AtomicLong afterRequest) implements Operation<Settled> {
    private static final Duration NEXT_LOOK = Duration.ofSeconds(1);
    private static final Duration BETWEEN_PAGES = Duration.ofMillis(250);
    private static final String DUE =
            """
            SELECT expires_at, job_id FROM expiry
            WHERE expires_at <= ? ORDER BY expires_at, job_id LIMIT ?\
            """;
    private static final String NOT_DUE = "DELETE FROM expiry WHERE (expires_at, job_id) <= (?, ?)";
    private static final String STARTED = "SELECT 1 FROM history WHERE job_id = ? LIMIT 1";

    /** Those of running jobs come too, so that each step costs the same. */
    private static final String REQUESTS =
            """
            SELECT c.job_id, c.reason, EXISTS (SELECT 1 FROM running r
              WHERE r.worker_id IN (SELECT id FROM worker) AND r.job_id = c.job_id)
            FROM cancel_request c WHERE c.job_id > ? ORDER BY c.job_id LIMIT ?\
            """;

    private static final String FIRST_EXPIRY = "SELECT min(expires_at) FROM expiry";
    private static final String ANY_REQUEST = "SELECT 1 FROM cancel_request LIMIT 1";

    private record Due(long jobId, String reason) {}

    /** The requests looked at whose jobs do not run, and how many were looked at. */
    private record Requests(ArrayList<Due> due, int looked) {}

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
        var requests = requests(session);
        int cancelled = 0;
        for (var each : requests.due()) {
            if (end(session, waiting, each, Attempt.End.CANCELLED, "cancelled")) {
                cancelled++;
            }
            Cancel.drop(session, each.jobId());
        }
        waiting.flush();
        StackRequests.dropOld(session, now);
        var next = next(session, now);
        if (next != null && requests.looked() == max) {
            var page = requests.due().isEmpty() ? now.plus(BETWEEN_PAGES) : now;
            next = page.isBefore(next) ? page : next;
        }
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

    /** A page of them; at the end it goes on with the first ones. */
    private Requests requests(Session session) throws SQLException {
        var found = new ArrayList<Due>();
        long after = afterRequest.get();
        int looked = look(session, after, max, found);
        if (looked < max && after > 0) {
            afterRequest.set(0);
            looked += look(session, 0, max - looked, found);
        }
        return new Requests(found, looked);
    }

    private int look(Session session, long after, int most, ArrayList<Due> found)
            throws SQLException {
        int looked = 0;
        long last = 0;
        try (var rows = session.query(REQUESTS, after, most)) {
            while (rows.next()) {
                looked++;
                last = rows.getLong(1);
                if (rows.getInt(3) == 0) {
                    found.add(new Due(last, rows.getString(2)));
                }
            }
        }
        afterRequest.set(looked == most ? last : 0);
        return looked;
    }

    /** When there is something to settle, as far as is known now. */
    static @Nullable Instant next(Session session, Instant now) throws SQLException {
        long first = session.number(Long.MIN_VALUE, FIRST_EXPIRY);
        var expiry = first == Long.MIN_VALUE ? null : Moments.instant(first);
        var next = earlier(expiry, StackRequests.nextDrop(session));
        if (session.number(0, ANY_REQUEST) == 0) {
            return next;
        }
        return earlier(next, now.plus(NEXT_LOOK));
    }

    private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isBefore(other) ? one : other;
    }
}
