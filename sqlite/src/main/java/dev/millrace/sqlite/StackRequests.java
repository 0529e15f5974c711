package dev.millrace.sqlite;

import dev.millrace.job.JobState;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Requests for the stacks of running jobs; normally there are none. */
final class StackRequests {
    private static final Duration OLDEST = Duration.ofMinutes(1);
    private static final int MOST = 100;
    private static final String ASK =
            """
            INSERT INTO stack_request (job_id, asked_at) VALUES (?, ?)
            ON CONFLICT (job_id) DO UPDATE SET asked_at = max(asked_at, excluded.asked_at)\
            """;
    private static final String ANSWERED = "DELETE FROM stack_request WHERE job_id = ?";

    /** From the requests to the running rows. */
    private static final String OF_WORKER =
            """
            SELECT s.job_id FROM stack_request s CROSS JOIN running r
              ON r.worker_id = ? AND r.job_id = s.job_id LIMIT ?\
            """;

    private static final String FIRST = "SELECT min(asked_at) FROM stack_request";
    private static final String DROP = "DELETE FROM stack_request WHERE asked_at <= ?";

    private StackRequests() {}

    /** Asks for the stack of a job if it runs; answers where it stands. */
    static Optional<JobState.Name> ask(Session session, long job, Instant now) throws SQLException {
        var body = Bodies.findBare(session, job);
        var place = body == null ? null : Places.ifReadable(session, body);
        if (place == null) {
            return Optional.empty();
        }
        if (place.state() instanceof JobState.Running) {
            ReportRows.begin(session, job);
            session.update(ASK, job, Moments.micros(now));
        }
        return Optional.of(place.state().name());
    }

    static void answered(Session session, long job) throws SQLException {
        session.update(ANSWERED, job);
    }

    /** The jobs running under a worker's name whose stacks are asked for. */
    static Set<Long> wanted(Session session, long worker) throws SQLException {
        var found = new HashSet<Long>();
        try (var rows = session.query(OF_WORKER, worker, MOST)) {
            while (rows.next()) {
                found.add(rows.getLong(1));
            }
        }
        return found;
    }

    /** When the oldest request is to be dropped; {@code null} when there is none. */
    static @Nullable Instant nextDrop(Session session) throws SQLException {
        long first = session.number(Long.MIN_VALUE, FIRST);
        return first == Long.MIN_VALUE ? null : Moments.instant(first).plus(OLDEST);
    }

    /** Drops what nobody answered. */
    static void dropOld(Session session, Instant now) throws SQLException {
        session.update(DROP, Moments.micros(now.minus(OLDEST)));
    }
}
