package dev.millrace.sqlite;

import dev.millrace.job.MillraceException;
import dev.millrace.store.BatchMember.State;
import dev.millrace.store.Ending;
import dev.millrace.store.NewJob;
import dev.millrace.store.Recorded;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Members of batches: how they come in and how they are counted, in transactions of others. */
final class BatchMembers {
    private static final String JOIN =
            "INSERT INTO batch_member (batch_id, member_id, state, nested) VALUES (?, ?, 0, ?)";
    private static final String TURN =
            "UPDATE batch_member SET state = ? WHERE batch_id = ? AND member_id = ? AND state = ?";
    private static final String NOTE =
            """
            INSERT INTO batch_delta (batch_id, added, completed, failed, cancelled)
            VALUES (?, ?, ?, ?, ?)\
            """;

    private final Session session;
    private final Map<Long, long[]> notes = new TreeMap<>();

    /** Changes of members in a transaction; to be closed by {@link #flush}. */
    BatchMembers(Session session) {
        this.session = session;
    }

    /** Does what endings name that were recorded in this transaction. */
    static void follow(Transaction transaction, List<Ending> endings, Recorded[] answers)
            throws SQLException {
        var members = new BatchMembers(transaction.session());
        var then = new ArrayList<NewJob>();
        for (int i = 0; i < answers.length; i++) {
            var ending = endings.get(i);
            if (answers[i] == Recorded.RECORDED && ending.follows()) {
                then.addAll(ending.follow().then());
                if (ending.follow().batch() != 0) {
                    members.count(
                            ending.follow().batch(),
                            ending.jobId(),
                            State.after(ending.end()),
                            true);
                }
            }
        }
        if (!then.isEmpty()) {
            new Enqueue(then, false).run(transaction);
            members.join(then);
        }
        members.flush();
    }

    /** Adds those jobs that name a batch as its members. */
    void join(List<NewJob> jobs) throws SQLException {
        for (var job : jobs) {
            if (job.terms().batch() != 0) {
                join(job.terms().batch(), job.id(), false);
            }
        }
    }

    /** Adds a member, open, and notes it. */
    void join(long batch, long member, boolean nested) throws SQLException {
        enter(session, batch, member, nested);
        note(batch)[0]++;
    }

    /** Adds a member, open, that is counted already. */
    static void enter(Session session, long batch, long member, boolean nested)
            throws SQLException {
        session.update(JOIN, batch, member, nested ? 1 : 0);
    }

    /**
     * Turns a member and notes by how much that changes the counts.
     *
     * @param again also one that failed before; it was retried by hand
     */
    void count(long batch, long member, State state, boolean again) throws SQLException {
        if (session.update(TURN, state.code(), batch, member, State.OPEN.code()) == 1) {
            note(batch)[state.code()]++;
        } else if (again
                && state != State.FAILED
                && session.update(TURN, state.code(), batch, member, State.FAILED.code()) == 1) {
            note(batch)[state.code()]++;
            note(batch)[State.FAILED.code()]--;
        }
    }

    /** Has the next step of settling look at a batch. */
    void touch(long batch) {
        note(batch);
    }

    private long[] note(long batch) {
        return notes.computeIfAbsent(batch, id -> new long[4]);
    }

    /** Writes a row for each batch. */
    void flush() throws SQLException {
        for (var note : notes.entrySet()) {
            long[] n = note.getValue();
            session.update(NOTE, note.getKey(), n[0], n[1], n[2], n[3]);
        }
        notes.clear();
    }

    /** Refuses jobs that cannot be members of this batch. */
    static void check(long batchId, List<NewJob> jobs) {
        for (var job : jobs) {
            if (job.isKeyed() || job.terms().batch() != batchId) {
                throw MillraceException.invalid(
                        ("members of batch %d must name it and hold no keys, got job %d of batch"
                                        + " %d; nothing was accepted")
                                .formatted(batchId, job.id(), job.terms().batch()));
            }
        }
    }
}
