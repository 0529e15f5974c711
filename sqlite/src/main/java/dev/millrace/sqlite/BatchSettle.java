package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.sqlite.Entries.Entry;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchState;
import dev.millrace.store.BatchStep;
import dev.millrace.store.Ending;

import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Adds up what batches counted, ends those without an open member, and makes available what waited
 * for that.
 *
 * @param max the most rows of counts
 */
record BatchSettle(Instant now, int max) implements Operation<BatchStep> {
    private static final String NOTED =
            """
            SELECT id, batch_id, added, completed, failed, cancelled FROM batch_delta
            ORDER BY id LIMIT ?\
            """;
    private static final String FORGET = "DELETE FROM batch_delta WHERE id = ?";
    private static final String SUM =
            """
            UPDATE batch SET added = added + ?, completed = completed + ?, failed = failed + ?,
              cancelled = cancelled + ? WHERE id = ?\
            """;
    private static final String ROW =
            """
            SELECT id, parent, state, cancelling, joins, failed, cancelled, on_done, on_completed,
              on_failed FROM batch WHERE id = ?\
            """;
    private static final String OPEN =
            "SELECT 1 FROM batch_member WHERE batch_id = ? AND state = 0 LIMIT 1";
    private static final String MORE = "SELECT 1 FROM batch_delta WHERE batch_id = ? LIMIT 1";
    private static final String END =
            "UPDATE batch SET state = ?, ended_at = ?, holds = 0 WHERE id = ?";
    private static final String REOPEN = "UPDATE batch SET state = 1, ended_at = NULL WHERE id = ?";
    private static final String JOINED =
            "UPDATE batch SET joins = 0, added = added + 1 WHERE id = ?";
    private static final String WAITS =
            "SELECT lane, rank, attempt FROM scheduled WHERE run_at = ? AND job_id = ?";
    private static final String TAKE = "DELETE FROM scheduled WHERE run_at = ? AND job_id = ?";
    private static final long FOR_EVER = Moments.micros(Ending.Next.Waiting.FOR_EVER);
    private static final ErrorInfo UNNEEDED =
            ErrorInfo.reason("cancelled", "its batch ended otherwise than it waited for");

    /** A batch. */
    private record Row(
            long id,
            long parent,
            BatchState state,
            boolean cancelling,
            boolean joins,
            long failed,
            long cancelled,
            long onDone,
            long onCompleted,
            long onFailed) {
        static Row of(ResultSet rows) throws SQLException {
            return new Row(
                    rows.getLong(1),
                    rows.getLong(2),
                    BatchState.of(rows.getInt(3)),
                    rows.getInt(4) == 1,
                    rows.getInt(5) == 1,
                    rows.getLong(6),
                    rows.getLong(7),
                    rows.getLong(8),
                    rows.getLong(9),
                    rows.getLong(10));
        }

        boolean hasFailures() {
            return failed + cancelled > 0;
        }
    }

    @Override
    public BatchStep run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var touched = new TreeSet<Long>();
        int counted = addUp(session, touched);
        var members = new BatchMembers(session);
        int ended = 0;
        int released = 0;
        for (long id : touched) {
            Row row = row(session, id);
            // counts that are still to be added bring it here again, and may change how it ends
            if (row != null && session.number(0, MORE, id) == 0) {
                boolean empty = session.number(0, OPEN, id) == 0;
                if (row.hasFailures()) {
                    released += release(transaction, row.onFailed());
                }
                if (row.state() != BatchState.FILLING && empty) {
                    if (row.joins() && !row.cancelling()) {
                        session.update(JOINED, id);
                        BatchMembers.enter(session, id, row.onDone(), false);
                        released += release(transaction, row.onDone());
                    } else {
                        var state =
                                BatchState.ended(row.cancelling(), row.failed(), row.cancelled());
                        if (state != row.state()) {
                            ended++;
                            released += end(transaction, row, state, members);
                        }
                    }
                } else if (row.state().isEnded()) {
                    session.update(REOPEN, id);
                }
            }
        }
        members.flush();
        return new BatchStep(counted, ended, released);
    }

    private int addUp(Session session, TreeSet<Long> touched) throws SQLException {
        var noted = new ArrayList<long[]>();
        try (var rows = session.query(NOTED, max)) {
            while (rows.next()) {
                var note = new long[6];
                for (int i = 0; i < note.length; i++) {
                    note[i] = rows.getLong(i + 1);
                }
                noted.add(note);
            }
        }
        for (long[] note : noted) {
            session.update(FORGET, note[0]);
            session.update(SUM, note[2], note[3], note[4], note[5], note[1]);
            touched.add(note[1]);
        }
        return noted.size();
    }

    private static @Nullable Row row(Session session, long id) throws SQLException {
        try (var rows = session.query(ROW, id)) {
            return rows.next() ? Row.of(rows) : null;
        }
    }

    private int end(Transaction transaction, Row row, BatchState state, BatchMembers members)
            throws SQLException {
        var session = transaction.session();
        session.update(END, state.code(), Moments.micros(now), row.id());
        int released = 0;
        if (row.joins()) {
            drop(transaction, List.of(row.onDone()));
        } else {
            released += release(transaction, row.onDone());
        }
        switch (state) {
            case COMPLETED -> {
                released += release(transaction, row.onCompleted());
                drop(transaction, List.of(row.onFailed()));
            }
            case CANCELLED ->
                    drop(
                            transaction,
                            row.hasFailures()
                                    ? List.of(row.onCompleted())
                                    : List.of(row.onCompleted(), row.onFailed()));
            case FAILED -> {
                // a retry by hand may still complete it
            }
            case FILLING, WAITING -> throw new IllegalStateException("ended as " + state);
        }
        if (row.parent() != 0) {
            members.count(row.parent(), row.id(), BatchMember.State.after(state), true);
        }
        return released;
    }

    /** Makes a job available that waits for a batch; answers how many. */
    private static int release(Transaction transaction, long job) throws SQLException {
        if (job == 0) {
            return 0;
        }
        var session = transaction.session();
        Entry entry;
        try (var rows = session.query(WAITS, FOR_EVER, job)) {
            if (!rows.next()) {
                return 0;
            }
            entry = new Entry(job, rows.getInt(1), rows.getInt(2), rows.getInt(3), 0);
        }
        session.update(TAKE, FOR_EVER, job);
        Entries.availableAgain(transaction, entry);
        return 1;
    }

    private void drop(Transaction transaction, List<Long> jobs) throws SQLException {
        var session = transaction.session();
        var waiting = new Waiting(transaction);
        for (long job : jobs) {
            var body = job == 0 ? null : Bodies.findBare(session, job);
            var place = body == null ? null : Places.ifReadable(session, body);
            if (body != null && place != null && place.state() instanceof JobState.Scheduled) {
                waiting.end(body, place, Attempt.End.CANCELLED, UNNEEDED, now);
            }
        }
        waiting.flush();
    }
}
