package dev.millrace.postgres;

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

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Batches as rows. */
final class Batches implements BatchStore {
    private final Sql sql;
    private final Enqueues enqueues;
    private final BatchMembers members;
    private final BatchSettling settling;
    private final Consumer<List<NewJob>> entered;
    private final Runnable announce;
    private final String insert;
    private final String locked;
    private final String known;
    private final String closing;
    private final String cancel;
    private final String touch;
    private final String present;
    private final BatchLooks looks;

    /**
     * @param entered hears of jobs that were accepted
     * @param announce tells workers
     */
    Batches(
            Sql sql,
            Enqueues enqueues,
            BatchMembers members,
            Settling settling,
            Consumer<List<NewJob>> entered,
            Runnable announce) {
        this.sql = sql;
        this.enqueues = enqueues;
        this.members = members;
        this.settling = new BatchSettling(sql, members, settling);
        this.entered = entered;
        this.announce = announce;
        this.insert =
                sql.text(
                        """
                        insert into {schema}.batch (id, parent, created_at, added, completed, failed,
                            cancelled, on_done, on_completed, on_failed, state, cancelling, holds,
                            joins, name, item_key)
                        select id, parent, to_timestamp(created_at::float8 / 1000000), added, 0, 0, 0,
                            on_done, on_completed, on_failed, case when item_key is null then 0 else 1
                            end, false, item_key is not null, joins, name, item_key
                        from unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[],
                            ?::bigint[], ?::bigint[], ?::boolean[], ?::text[], ?::text[])
                            as i(id, parent, created_at, added, on_done, on_completed, on_failed,
                                joins, name, item_key)
                        on conflict do nothing returning id
                        """);
        this.locked =
                sql.text(
                        """
                        select state, cancelling from {schema}.batch where id = ?
                        for no key update
                        """);
        this.known = sql.text("select id from {schema}.batch where id = any (?)");
        this.closing = sql.text("update {schema}.batch set state = 1 where id = ? and state = 0");
        this.cancel =
                sql.text(
                        """
                        update {schema}.batch set state = 1, cancelling = true
                        where id = ? and state in (0, 1)
                        """);
        this.touch =
                sql.text(
                        """
                        insert into {schema}.batch_delta (batch_id, added, completed, failed, cancelled)
                        values (?, 0, 0, 0, 0)
                        """);
        this.present = sql.text("select 1 from {schema}.job where id = ?");
        this.looks = new BatchLooks(sql);
    }

    @Override
    public void create(NewBatch batch, boolean resend) {
        var jobs = batch.callbacks().toList();
        enqueues.prepare(jobs);
        boolean accepted =
                sql.transaction(
                        "accept batch " + batch.id(),
                        connection -> {
                            if (resend && !known(connection, List.of(batch.id())).isEmpty()) {
                                return false;
                            }
                            if (batch.parent() != 0) {
                                var refusal = refusal(connection, batch.parent());
                                if (refusal != null) {
                                    throw MillraceException.invalid(refusal);
                                }
                            }
                            insert(connection, List.of(batch), 0);
                            if (!jobs.isEmpty()) {
                                enqueues.write(connection, jobs, false);
                            }
                            if (batch.parent() != 0) {
                                members.join(
                                        connection,
                                        new long[] {batch.parent()},
                                        new long[] {batch.id()},
                                        true);
                            }
                            return true;
                        });
        if (accepted) {
            entered.accept(jobs);
        }
    }

    @Override
    public List<Boolean> submit(List<NewItem> items, boolean resend) {
        atMost(MOST_IN_STEP, items.size());
        var jobs = new ArrayList<NewJob>();
        for (NewItem item : items) {
            jobs.add(item.first());
            item.batch().callbacks().forEach(jobs::add);
        }
        enqueues.prepare(jobs);
        var fresh = new ArrayList<NewJob>();
        Set<Long> accepted =
                sql.transaction(
                        "accept %d items".formatted(items.size()),
                        connection -> {
                            fresh.clear();
                            return submit(connection, items, resend, fresh);
                        });
        entered.accept(fresh);
        announce.run();
        return items.stream().map(item -> accepted.contains(item.batch().id())).toList();
    }

    private Set<Long> submit(
            Connection connection, List<NewItem> items, boolean resend, List<NewJob> fresh)
            throws SQLException {
        var before =
                resend
                        ? known(connection, items.stream().map(i -> i.batch().id()).toList())
                        : Set.<Long>of();
        var left =
                items.stream()
                        .filter(item -> !before.contains(item.batch().id()))
                        .sorted(
                                Comparator.comparing((NewItem item) -> item.batch().name())
                                        .thenComparing(item -> String.valueOf(item.batch().key()))
                                        .thenComparingLong(item -> item.batch().id()))
                        .toList();
        var inserted = insert(connection, left.stream().map(NewItem::batch).toList(), 1);
        var firsts = new ArrayList<NewJob>();
        var callbacks = new ArrayList<NewJob>();
        for (NewItem item : items) {
            if (inserted.contains(item.batch().id())) {
                BatchMembers.check(item.batch().id(), List.of(item.first()));
                firsts.add(item.first());
                item.batch().callbacks().forEach(callbacks::add);
            }
        }
        if (!firsts.isEmpty()) {
            enqueues.write(connection, firsts, false);
            members.enter(
                    connection,
                    firsts.stream().mapToLong(job -> job.terms().batch()).toArray(),
                    firsts.stream().mapToLong(NewJob::id).toArray(),
                    false);
        }
        if (!callbacks.isEmpty()) {
            enqueues.write(connection, callbacks, false);
        }
        fresh.addAll(firsts);
        fresh.addAll(callbacks);
        var all = new HashSet<>(inserted);
        all.addAll(before);
        return all;
    }

    /** The ids of those that were not there; items whose key is held stay outside. */
    private Set<Long> insert(Connection connection, List<NewBatch> batches, int added)
            throws SQLException {
        int n = batches.size();
        var counts = new long[n];
        var joins = new boolean[n];
        var names = new String[n];
        var keys = new @Nullable String[n];
        for (int i = 0; i < n; i++) {
            counts[i] = added;
            joins[i] = batches.get(i).joins();
            names[i] = batches.get(i).name();
            keys[i] = batches.get(i).key();
        }
        try (var statement = Sql.prepare(connection, insert)) {
            statement.setObject(1, batches.stream().mapToLong(NewBatch::id).toArray());
            statement.setObject(2, batches.stream().mapToLong(NewBatch::parent).toArray());
            statement.setObject(
                    3, batches.stream().mapToLong(b -> Sql.micros(b.createdAt())).toArray());
            statement.setObject(4, counts);
            statement.setObject(5, batches.stream().mapToLong(b -> id(b.onDone())).toArray());
            statement.setObject(6, batches.stream().mapToLong(b -> id(b.onCompleted())).toArray());
            statement.setObject(7, batches.stream().mapToLong(b -> id(b.onFailed())).toArray());
            statement.setObject(8, joins);
            statement.setObject(9, names);
            statement.setObject(10, keys);
            return ids(statement.executeQuery());
        }
    }

    private static long id(@Nullable NewJob job) {
        return job == null ? 0 : job.id();
    }

    private static Set<Long> ids(ResultSet rows) throws SQLException {
        try (rows) {
            var ids = new HashSet<Long>();
            while (rows.next()) {
                ids.add(rows.getLong(1));
            }
            return ids;
        }
    }

    private Set<Long> known(Connection connection, List<Long> ids) throws SQLException {
        try (var statement = Sql.prepare(connection, known)) {
            statement.setObject(1, Jobs.array(ids));
            return ids(statement.executeQuery());
        }
    }

    @Override
    public void add(long batchId, List<NewJob> jobs, boolean resend) {
        atMost(MOST_AT_ONCE, jobs.size());
        BatchMembers.check(batchId, jobs);
        if (jobs.isEmpty()) {
            return;
        }
        enqueues.prepare(jobs);
        sql.transaction(
                "accept %d members of batch %d".formatted(jobs.size(), batchId),
                connection -> {
                    // the lock makes a lost first call's commit visible before it is looked for
                    var refusal = refusal(connection, batchId);
                    if (resend && isThere(connection, jobs.getFirst().id())) {
                        return false;
                    }
                    if (refusal != null) {
                        throw MillraceException.invalid(refusal);
                    }
                    members.accept(connection, jobs);
                    return true;
                });
        entered.accept(jobs);
        announce.run();
    }

    /** Locks a batch; why it takes no members, {@code null} when it does. */
    private @Nullable String refusal(Connection connection, long batchId) throws SQLException {
        try (var statement = Sql.prepare(connection, locked)) {
            statement.setLong(1, batchId);
            try (var row = statement.executeQuery()) {
                if (!row.next()) {
                    return BatchLooks.refusal(batchId, "there is none");
                }
                BatchState state = BatchState.of(row.getInt(1));
                return state.isEnded() || row.getBoolean(2)
                        ? BatchLooks.refusal(
                                batchId, row.getBoolean(2) ? "it is cancelled" : state.text())
                        : null;
            }
        }
    }

    private boolean isThere(Connection connection, long jobId) throws SQLException {
        try (var statement = Sql.prepare(connection, present)) {
            statement.setLong(1, jobId);
            try (var row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    @Override
    public boolean close(long batchId) {
        return sql.transaction(
                "close batch " + batchId, connection -> change(connection, closing, batchId));
    }

    @Override
    public Optional<BatchState> cancel(long batchId) {
        return sql.transaction(
                "cancel batch " + batchId,
                connection -> {
                    Optional<BatchState> before = looks.state(connection, batchId);
                    change(connection, cancel, batchId);
                    return before;
                });
    }

    /** Has the next step of settling look at it. */
    private boolean change(Connection connection, String text, long batchId) throws SQLException {
        boolean is = looks.state(connection, batchId).isPresent();
        try (var statement = Sql.prepare(connection, text)) {
            statement.setLong(1, batchId);
            if (statement.executeUpdate() == 0) {
                return is;
            }
        }
        try (var statement = Sql.prepare(connection, touch)) {
            statement.setLong(1, batchId);
            statement.executeUpdate();
        }
        return is;
    }

    @Override
    public List<Long> cancelling(int max) {
        return looks.cancelling(max);
    }

    @Override
    public BatchStep settle(Instant now, int max) {
        // a look first, so that an idle process costs one round trip
        if (!looks.hasCounts()) {
            return new BatchStep(0, 0, 0);
        }
        BatchStep step = settling.settle(now, Math.clamp(max, 1, MOST_IN_STEP));
        if (step.released() > 0) {
            announce.run();
        }
        return step;
    }

    @Override
    public BatchPlace sweep(BatchPlace after, int max) {
        return settling.sweep(after, Math.clamp(max, 1, MOST_IN_STEP));
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
        return looks.prune(endedBefore, Math.clamp(max, 1, MOST_IN_STEP));
    }

    @Override
    public void declare(String pipeline, String plan) {
        looks.declare(pipeline, plan);
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
