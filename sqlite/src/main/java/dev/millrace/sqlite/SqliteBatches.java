package dev.millrace.sqlite;

import dev.millrace.job.Durability;
import dev.millrace.job.MillraceException;
import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchPlace;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;
import dev.millrace.store.BatchStep;
import dev.millrace.store.BatchStore;
import dev.millrace.store.NewBatch;
import dev.millrace.store.NewItem;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Batches as rows. */
final class SqliteBatches implements BatchStore {
    private static final String INSERT =
            """
            INSERT OR IGNORE INTO batch (id, parent, created_at, added, completed, failed,
              cancelled, on_done, on_completed, on_failed, state, cancelling, holds, joins, name,
              item_key)
            VALUES (?1, ?2, ?3, ?4, 0, 0, 0, ?5, ?6, ?7, ?10 IS NOT NULL, 0, ?10 IS NOT NULL, ?8,
              ?9, ?10)\
            """;
    private static final String KNOWN = "SELECT 1 FROM batch WHERE id = ?";
    private static final String JOB = "SELECT 1 FROM job WHERE id = ?";
    private static final String STATE = "SELECT state + 10 * cancelling FROM batch WHERE id = ?";
    private static final String CLOSE = "UPDATE batch SET state = 1 WHERE id = ? AND state = 0";
    private static final String CANCEL =
            "UPDATE batch SET state = 1, cancelling = 1 WHERE id = ? AND state IN (0, 1)";
    private static final String OPEN_MEMBERS =
            """
            SELECT m.batch_id, m.member_id,
              CASE WHEN m.nested = 1 THEN 0
                WHEN EXISTS (SELECT 1 FROM discarded d WHERE d.job_id = m.member_id) THEN 2
                WHEN EXISTS (SELECT 1 FROM history h
                  WHERE h.job_id = m.member_id AND h.outcome IN (1, 2)) THEN 1
                WHEN EXISTS (SELECT 1 FROM history h
                  WHERE h.job_id = m.member_id AND h.outcome IN (8, 9)) THEN 3
                WHEN NOT EXISTS (SELECT 1 FROM job j WHERE j.id = m.member_id) THEN 3
                ELSE 0 END
            FROM (
              SELECT batch_id, member_id, nested FROM batch_member
              WHERE state = 0 AND (batch_id, member_id) > (?, ?)
              ORDER BY batch_id, member_id LIMIT ?) m
            ORDER BY 1, 2\
            """;
    private static final String OLD =
            "SELECT id FROM batch WHERE ended_at < ?1 ORDER BY ended_at LIMIT ?2";
    private static final String FORGET_MEMBERS =
            """
            DELETE FROM batch_member WHERE (batch_id, member_id) IN (
              SELECT m.batch_id, m.member_id FROM (%s) b JOIN batch_member m ON m.batch_id = b.id
              LIMIT ?2)\
            """
                    .formatted(OLD);
    private static final String FORGET =
            """
            DELETE FROM batch WHERE id IN (%s)
              AND NOT EXISTS (SELECT 1 FROM batch_member m WHERE m.batch_id = batch.id)\
            """
                    .formatted(OLD);
    private static final String DECLARE =
            """
            INSERT INTO pipeline (name, plan) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET plan = excluded.plan\
            """;

    private final SqliteWriter writer;
    private final BatchLooks looks;

    SqliteBatches(SqliteWriter writer, SqliteReaders readers) {
        this.writer = writer;
        this.looks = new BatchLooks(readers);
    }

    @Override
    public void create(NewBatch batch, boolean resend) {
        var jobs = batch.callbacks().toList();
        refuse(
                writer.<@Nullable String>run(
                        "accepting a batch",
                        transaction -> {
                            var session = transaction.session();
                            if (resend && session.number(0, KNOWN, batch.id()) == 1) {
                                return null;
                            }
                            if (batch.parent() != 0) {
                                var refusal = refusal(session, batch.parent());
                                if (refusal != null) {
                                    return refusal;
                                }
                                var members = new BatchMembers(session);
                                members.join(batch.parent(), batch.id(), true);
                                members.flush();
                            }
                            insert(session, batch, 0);
                            new Enqueue(jobs, false).run(transaction);
                            return null;
                        }));
    }

    private static void refuse(@Nullable String refusal) {
        if (refusal != null) {
            throw MillraceException.invalid(refusal);
        }
    }

    /** Answers whether it was not there and, for an item, its key is free. */
    private static boolean insert(Session session, NewBatch batch, int added) throws SQLException {
        var insert = session.prepare(INSERT);
        insert.setLong(1, batch.id());
        insert.setLong(2, batch.parent());
        insert.setLong(3, Moments.micros(batch.createdAt()));
        insert.setInt(4, added);
        insert.setLong(5, id(batch.onDone()));
        insert.setLong(6, id(batch.onCompleted()));
        insert.setLong(7, id(batch.onFailed()));
        insert.setInt(8, batch.joins() ? 1 : 0);
        insert.setString(9, batch.name());
        insert.setString(10, batch.key());
        return insert.executeUpdate() == 1;
    }

    private static long id(@Nullable NewJob job) {
        return job == null ? 0 : job.id();
    }

    @Override
    public List<Boolean> submit(List<NewItem> items, boolean resend) {
        atMost(MOST_IN_STEP, items.size());
        items.forEach(item -> BatchMembers.check(item.batch().id(), List.of(item.first())));
        return writer.run(
                "accepting items",
                transaction -> {
                    var session = transaction.session();
                    var answers = new ArrayList<Boolean>();
                    var jobs = new ArrayList<NewJob>();
                    for (var item : items) {
                        long id = item.batch().id();
                        boolean known = resend && session.number(0, KNOWN, id) == 1;
                        boolean fresh = !known && insert(session, item.batch(), 1);
                        if (fresh) {
                            BatchMembers.enter(session, id, item.first().id(), false);
                            jobs.add(item.first());
                            item.batch().callbacks().forEach(jobs::add);
                        }
                        answers.add(known || fresh);
                    }
                    new Enqueue(jobs, false).run(transaction);
                    return answers;
                });
    }

    @Override
    public void add(long batchId, List<NewJob> jobs, boolean resend) {
        atMost(MOST_AT_ONCE, jobs.size());
        BatchMembers.check(batchId, jobs);
        if (jobs.isEmpty()) {
            return;
        }
        refuse(
                writer.<@Nullable String>run(
                        "accepting members",
                        transaction -> {
                            var session = transaction.session();
                            if (resend && session.number(0, JOB, jobs.getFirst().id()) == 1) {
                                return null;
                            }
                            var refusal = refusal(session, batchId);
                            if (refusal == null) {
                                new Enqueue(jobs, false).run(transaction);
                                var members = new BatchMembers(session);
                                members.join(jobs);
                                members.flush();
                            }
                            return refusal;
                        }));
    }

    /** Why a batch takes no members; {@code null} when it does. */
    private static @Nullable String refusal(Session session, long batchId) throws SQLException {
        long code = session.number(-1, STATE, batchId);
        if (code == BatchState.FILLING.code() || code == BatchState.WAITING.code()) {
            return null;
        }
        String got =
                code < 0
                        ? "there is none"
                        : code >= 10 ? "it is cancelled" : BatchState.of((int) code).text();
        return ("batch %d must be there and not have ended to take members, got: %s; nothing was"
                        + " accepted")
                .formatted(batchId, got);
    }

    @Override
    public boolean close(long batchId) {
        return change("closing a batch", CLOSE, batchId).isPresent();
    }

    @Override
    public Optional<BatchState> cancel(long batchId) {
        return change("cancelling a batch", CANCEL, batchId);
    }

    private Optional<BatchState> change(String what, String text, long batchId) {
        return writer.run(
                what,
                transaction -> {
                    var session = transaction.session();
                    long code = session.number(-1, STATE, batchId);
                    if (code < 0) {
                        return Optional.empty();
                    }
                    if (session.update(text, batchId) == 1) {
                        var members = new BatchMembers(session);
                        members.touch(batchId);
                        members.flush();
                    }
                    return Optional.of(BatchState.of((int) (code % 10)));
                });
    }

    @Override
    public List<Long> cancelling(int max) {
        return looks.cancelling(max);
    }

    @Override
    public BatchStep settle(Instant now, int max) {
        int most = Math.clamp(max, 1, MOST_IN_STEP);
        // a look first, so that an idle process writes nothing
        return looks.hasNotes()
                ? writer.run("settling batches", new BatchSettle(now, most))
                : new BatchStep(0, 0, 0);
    }

    @Override
    public BatchPlace sweep(BatchPlace after, int max) {
        int most = Math.clamp(max, 1, MOST_IN_STEP);
        record Found(long batch, long member, BatchMember.State state) {}
        var found =
                looks.all(
                        "looking for ended members",
                        OPEN_MEMBERS,
                        look -> {
                            look.setLong(1, after.batch());
                            look.setLong(2, after.member());
                            look.setInt(3, most);
                        },
                        rows ->
                                new Found(
                                        rows.getLong(1),
                                        rows.getLong(2),
                                        BatchMember.State.of(rows.getInt(3))));
        var ended = found.stream().filter(f -> f.state() != BatchMember.State.OPEN).toList();
        if (!ended.isEmpty()) {
            writer.run(
                    "counting members",
                    transaction -> {
                        var members = new BatchMembers(transaction.session());
                        for (var member : ended) {
                            members.count(member.batch(), member.member(), member.state(), false);
                        }
                        members.flush();
                        return true;
                    });
        }
        return found.size() == most
                ? new BatchPlace(found.getLast().batch(), found.getLast().member())
                : BatchPlace.FIRST;
    }

    @Override
    public Optional<BatchSnapshot> find(long batchId) {
        return looks.find(batchId);
    }

    @Override
    public Optional<BatchSnapshot> item(String pipeline, String key) {
        return looks.item(pipeline, key);
    }

    @Override
    public List<BatchSnapshot> list(BatchFilter filter, long before, int max) {
        return looks.list(filter, before, Math.clamp(max, 1, MOST_IN_STEP));
    }

    @Override
    public List<BatchMember> members(
            long batchId, BatchMember.@Nullable State state, long after, int max) {
        return looks.members(batchId, state, after, Math.clamp(max, 1, MOST_IN_STEP));
    }

    @Override
    public int prune(Instant endedBefore, int max) {
        int most = Math.clamp(max, 1, MOST_IN_STEP);
        return writer.run(
                "forgetting batches",
                Durability.OS,
                transaction -> {
                    var session = transaction.session();
                    long before = Moments.micros(endedBefore);
                    int gone = session.update(FORGET_MEMBERS, before, most);
                    return gone + session.update(FORGET, before, most);
                });
    }

    @Override
    public void declare(String pipeline, String plan) {
        writer.run(
                "declaring a pipeline",
                transaction -> {
                    var declare = transaction.session().prepare(DECLARE);
                    declare.setString(1, pipeline);
                    declare.setString(2, plan);
                    return declare.executeUpdate();
                });
    }

    @Override
    public Map<String, String> plans() {
        return looks.plans();
    }

    private static void atMost(int most, int got) {
        if (got > most) {
            throw MillraceException.invalid(
                    "at most %d are accepted at once, got %d; nothing was accepted"
                            .formatted(most, got));
        }
    }
}
