package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Where jobs stand: looks into each table of positions, then into history. */
final class Places {
    private static final Logger LOG = LoggerFactory.getLogger(Places.class);
    private static final String FIRST_ENTRY =
            """
            SELECT attempt, rescues FROM available
            WHERE lane = ? AND rank = ? AND pos = ? AND job_id = ?\
            """;
    private static final String LATER_ENTRY =
            "SELECT attempt, rescues FROM available WHERE again = 1 AND job_id = ?";
    private static final String RUNNING =
            """
            SELECT attempt, rescues, worker_id, claimed_at FROM running
            WHERE worker_id IN (SELECT id FROM worker) AND job_id = ?\
            """;
    private static final String SCHEDULED =
            """
            SELECT attempt, rescues, run_at, backing_off FROM scheduled
            WHERE lane = ? AND job_id = ?\
            """;
    private static final String DISCARDED = "SELECT attempt, at FROM discarded WHERE job_id = ?";
    private static final String HISTORY =
            """
            SELECT attempt, worker_id, started_at, ended_at, outcome, error, result
            FROM history WHERE job_id = ? ORDER BY seq DESC LIMIT ?\
            """;

    private Places() {}

    /**
     * Where a job stands.
     *
     * @param attempt under way or next, or the last
     */
    record Place(JobState state, int attempt, int rescues) {}

    /**
     * Where a job stands; a few look-ups by key. Needs one snapshot of the database.
     *
     * @throws UnreadableException when its rows do not say
     */
    static Place of(Session session, Bodies.Body body) throws SQLException {
        var live = live(session, body);
        if (live != null) {
            return live;
        }
        try (var rows = session.query(HISTORY, body.id(), 1)) {
            if (!rows.next()) {
                throw new UnreadableException(
                        "job " + body.id(), "in a position or in history", "neither");
            }
            return new Place(ended(attempt(rows)), rows.getInt(1), 0);
        }
    }

    /** Where a job stands; {@code null} when its rows do not say, so that it stops no others. */
    static @Nullable Place ifReadable(Session session, Bodies.Body body) throws SQLException {
        try {
            return of(session, body);
        } catch (UnreadableException e) {
            LOG.atWarn().addKeyValue("job", body.id()).setCause(e).log("a damaged job is left");
            return null;
        }
    }

    /** How a job ended; {@code null} when it is gone, has not, or its rows do not say. */
    static @Nullable JobState endedState(Session session, long job) throws SQLException {
        try {
            var body = Bodies.find(session, job);
            var state = body == null ? null : of(session, body).state();
            return state != null && state.isEnded() ? state : null;
        } catch (UnreadableException e) {
            LOG.atWarn().addKeyValue("job", job).setCause(e).log("a damaged job has no end");
            return null;
        }
    }

    private static @Nullable Place live(Session session, Bodies.Body body) throws SQLException {
        int lane = body.lane().id();
        if (body.pos() > 0) {
            try (var rows =
                    session.query(FIRST_ENTRY, lane, 9 - body.priority(), body.pos(), body.id())) {
                if (rows.next()) {
                    return new Place(new JobState.Available(), rows.getInt(1), rows.getInt(2));
                }
            }
        }
        try (var rows = session.query(RUNNING, body.id())) {
            if (rows.next()) {
                var state = new JobState.Running(rows.getLong(3), Moments.instant(rows.getLong(4)));
                return new Place(state, rows.getInt(1), rows.getInt(2));
            }
        }
        try (var rows = session.query(LATER_ENTRY, body.id())) {
            if (rows.next()) {
                return new Place(new JobState.Available(), rows.getInt(1), rows.getInt(2));
            }
        }
        try (var rows = session.query(SCHEDULED, lane, body.id())) {
            if (rows.next()) {
                var state =
                        new JobState.Scheduled(
                                Moments.instant(rows.getLong(3)), rows.getInt(4) == 1);
                return new Place(state, rows.getInt(1), rows.getInt(2));
            }
        }
        try (var rows = session.query(DISCARDED, body.id())) {
            if (rows.next()) {
                var state = new JobState.Discarded(Moments.instant(rows.getLong(2)));
                return new Place(state, rows.getInt(1), 0);
            }
        }
        return null;
    }

    /** The newest ended attempts, oldest first. */
    static List<Attempt> attempts(Session session, long job, int most) throws SQLException {
        var found = new ArrayList<Attempt>();
        try (var rows = session.query(HISTORY, job, most)) {
            while (rows.next()) {
                found.add(attempt(rows));
            }
        }
        return found.reversed();
    }

    /** The state of a job without a position whose last attempt this was. */
    static JobState ended(Attempt last) {
        return switch (last.end()) {
            case COMPLETED -> new JobState.Completed(last.endedAt(), false, last.result());
            case SKIPPED -> new JobState.Completed(last.endedAt(), true, last.result());
            case CANCELLED -> new JobState.Cancelled(last.endedAt());
            case EXPIRED -> new JobState.Expired(last.endedAt());
            case FAILED, DISCARDED, SNOOZED, RESCUED, INTERRUPTED, SLEPT, WAITED, YIELDED ->
                    throw new UnreadableException(
                            "the outcome of a job without position", "final", last.end());
        };
    }

    /** Columns attempt, worker, started, ended, outcome, error, result. */
    private static Attempt attempt(ResultSet rows) throws SQLException {
        return new Attempt(
                rows.getInt(1),
                rows.getLong(2),
                Moments.instant(rows.getLong(3)),
                Moments.instant(rows.getLong(4)),
                end(rows.getInt(5)),
                Texts.error(rows.getString(6)),
                rows.getString(7));
    }

    /**
     * The end that a stored number stands for.
     *
     * @throws UnreadableException when it stands for none
     */
    static Attempt.End end(int code) {
        return Arrays.stream(Attempt.End.values())
                .filter(end -> end.code() == code)
                .findFirst()
                .orElseThrow(() -> new UnreadableException("outcome", "1 to 12", code));
    }
}
