package dev.millrace.sqlite;

import dev.millrace.store.Ending;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Appends history rows, many to a statement: neighbours of one claim that ended alike share what is
 * the same. To be closed by {@link #flush}.
 */
final class HistoryAppender {
    private static final int MOST_WAITING = 256;
    private static final int SHARED = 6;
    private static final int OWN = 4;
    private static final ManyRows ALIKE =
            new ManyRows(
                    """
                    INSERT INTO history
                      (job_id, seq, claim_id, worker_id, attempt, outcome, started_at, ended_at,
                       error, result)
                    VALUES\
                    """,
                    HistoryAppender::row,
                    "");

    private final Session session;
    private final List<Ending> waiting = new ArrayList<>();
    private long firstSeq;

    HistoryAppender(Session session) {
        this.session = session;
    }

    private static String row(int i) {
        int own = SHARED + OWN * i;
        return "(?%d, ?5 + %d, ?1, ?2, ?3, ?4, ?%d, ?%d, ?6, ?%d)"
                .formatted(own + 1, i, own + 2, own + 3, own + 4);
    }

    /** Appends an ending under a number of its own. */
    void append(long seq, Ending ending) throws SQLException {
        if (waiting.size() == MOST_WAITING || seq != firstSeq + waiting.size()) {
            flush();
        }
        if (waiting.isEmpty()) {
            firstSeq = seq;
        }
        waiting.add(ending);
    }

    /** Writes what has gathered. */
    void flush() throws SQLException {
        int done = 0;
        while (done < waiting.size()) {
            int end = done + 1;
            while (end < waiting.size() && isAlike(waiting.get(done), waiting.get(end))) {
                end++;
            }
            while (done < end) {
                int rows = ManyRows.upTo(end - done);
                write(firstSeq + done, waiting.subList(done, done + rows));
                done += rows;
            }
        }
        waiting.clear();
    }

    private static boolean isAlike(Ending one, Ending other) {
        return one.claimId() == other.claimId()
                && one.workerId() == other.workerId()
                && one.attempt() == other.attempt()
                && one.end() == other.end()
                && Objects.equals(one.error(), other.error());
    }

    private void write(long seq, List<Ending> alike) throws SQLException {
        var statement = session.prepare(ALIKE.text(alike.size()));
        var first = alike.getFirst();
        statement.setLong(1, first.claimId());
        statement.setLong(2, first.workerId());
        statement.setInt(3, first.attempt());
        statement.setInt(4, first.end().code());
        statement.setLong(5, seq);
        statement.setString(6, Texts.error(first.error()));
        int next = SHARED;
        for (var ending : alike) {
            statement.setLong(++next, ending.jobId());
            statement.setLong(++next, Moments.micros(ending.startedAt()));
            statement.setLong(++next, Moments.micros(ending.endedAt()));
            statement.setString(++next, ending.result());
        }
        statement.executeUpdate();
    }
}
