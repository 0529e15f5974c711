package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.sqlite.Bodies.Body;
import dev.millrace.sqlite.Places.Place;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.Ending;

import java.sql.SQLException;
import java.time.Instant;

/**
 * Ends jobs that wait: their position goes, history says why, keys held while live are free. To be
 * closed by {@link #flush} before the transaction ends.
 */
final class Waiting {
    private static final String FIRST_ENTRY =
            "DELETE FROM available WHERE lane = ? AND rank = ? AND pos = ? AND job_id = ?";
    private static final String LATER_ENTRY =
            "DELETE FROM available WHERE again = 1 AND job_id = ?";
    private static final String SCHEDULED = "DELETE FROM scheduled WHERE run_at = ? AND job_id = ?";

    private final Transaction transaction;
    private final HistoryAppender history;

    Waiting(Transaction transaction) {
        this.transaction = transaction;
        this.history = new HistoryAppender(transaction.session());
    }

    /**
     * Ends a job if it waits.
     *
     * @param place where it stands
     * @return whether it did
     */
    boolean end(Body body, Place place, Attempt.End end, ErrorInfo why, Instant at)
            throws SQLException {
        if (!leave(body, place.state())) {
            return false;
        }
        var ending =
                new Ending(
                        body.id(),
                        0,
                        0,
                        place.attempt(),
                        at,
                        at,
                        end,
                        why,
                        null,
                        new Ending.Next.Finished(),
                        true);
        history.append(transaction.take(Counter.HISTORY, 1), ending);
        Keys.release(transaction.session(), body.id());
        return true;
    }

    private boolean leave(Body body, JobState state) throws SQLException {
        var session = transaction.session();
        return switch (state) {
            case JobState.Available available -> {
                int lane = body.lane().id();
                if (session.update(FIRST_ENTRY, lane, 9 - body.priority(), body.pos(), body.id())
                        == 0) {
                    session.update(LATER_ENTRY, body.id());
                }
                yield true;
            }
            case JobState.Scheduled scheduled -> {
                session.update(SCHEDULED, Moments.micros(scheduled.runAt()), body.id());
                yield true;
            }
            case JobState.Running running -> false;
            case JobState.Discarded discarded -> false;
            case JobState.Completed completed -> false;
            case JobState.Cancelled cancelled -> false;
            case JobState.Expired expired -> false;
        };
    }

    /** Writes the history that has gathered; it must be there before anything looks. */
    void flush() throws SQLException {
        history.flush();
    }
}
