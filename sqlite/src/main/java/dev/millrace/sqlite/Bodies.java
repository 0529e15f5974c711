package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobTerms;
import dev.millrace.job.RetryPolicy;
import dev.millrace.sqlite.Places.Place;

import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What jobs were accepted as. */
final class Bodies {
    private static final String FIND =
            """
            SELECT id, lane, rank, max_attempts, pos, created_at, payload, tags, terms
            FROM job WHERE id = ?\
            """;
    private static final String FIND_BARE =
            """
            SELECT id, lane, rank, max_attempts, pos, created_at, '', NULL, NULL
            FROM job WHERE id = ?\
            """;

    private Bodies() {}

    /**
     * A job's body.
     *
     * @param pos its first available position, 0 if it was delayed
     */
    record Body(
            long id,
            Lane lane,
            int priority,
            int maxAttempts,
            long pos,
            Instant createdAt,
            String payload,
            List<String> tags,
            JobTerms terms) {

        JobSnapshot snapshot(Place place, List<Attempt> attempts) {
            return new JobSnapshot(
                    id,
                    lane.kind(),
                    lane.version(),
                    lane.queue(),
                    priority,
                    payload,
                    tags,
                    place.attempt(),
                    maxAttempts,
                    createdAt,
                    place.state(),
                    terms,
                    attempts);
        }
    }

    static @Nullable Body find(Session session, long id) throws SQLException {
        try (var rows = session.query(FIND, id)) {
            return rows.next() ? read(session, rows) : null;
        }
    }

    /** The policy that a job was given for itself. */
    static Optional<RetryPolicy> ownRetry(Session session, long id) throws SQLException {
        try (var rows = session.query("SELECT retry FROM job WHERE id = ?", id)) {
            return rows.next()
                    ? Optional.ofNullable(Texts.retry(rows.getString(1)))
                    : Optional.empty();
        }
    }

    /** A job's body without payload, tags and terms, which may be large or damaged. */
    static @Nullable Body findBare(Session session, long id) throws SQLException {
        try (var rows = session.query(FIND_BARE, id)) {
            return rows.next() ? read(session, rows) : null;
        }
    }

    /** Reads the columns id, lane, rank, max_attempts, pos, created_at, payload, tags, terms. */
    static Body read(Session session, ResultSet rows) throws SQLException {
        return new Body(
                rows.getLong(1),
                session.lanes().get(rows.getInt(2)),
                9 - rows.getInt(3),
                rows.getInt(4),
                rows.getLong(5),
                Moments.instant(rows.getLong(6)),
                rows.getString(7),
                Texts.tagsShown(rows.getString(8)),
                Texts.termsShown(rows.getString(9)));
    }
}
