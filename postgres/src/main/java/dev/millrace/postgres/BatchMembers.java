package dev.millrace.postgres;

import dev.millrace.job.MillraceException;
import dev.millrace.store.BatchMember;
import dev.millrace.store.Ending;
import dev.millrace.store.NewJob;
import dev.millrace.store.Recorded;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Members of batches: how they come in and how they are counted, in transactions of others. */
final class BatchMembers {
    private final Enqueues enqueues;
    private final String join;
    private final String added;
    private final String count;

    /** A member and how it counts from now on. */
    record Counted(long batch, long member, BatchMember.State state) {}

    BatchMembers(Sql sql, Enqueues enqueues) {
        this.enqueues = enqueues;
        this.join =
                sql.text(
                        """
                        insert into {schema}.batch_member (batch_id, member_id, state, nested)
                        select batch, member, 0, ? from unnest(?::bigint[], ?::bigint[])
                            as i(batch, member)
                        """);
        this.added =
                sql.text(
                        """
                        insert into {schema}.batch_delta (batch_id, added, completed, failed, cancelled)
                        select batch, count(*), 0, 0, 0 from unnest(?::bigint[]) as i(batch)
                        group by batch
                        """);
        // A failed member that was retried by hand may still complete; nothing else turns twice.
        this.count =
                sql.text(
                        """
                        with i as materialized (
                            select * from unnest(?::bigint[], ?::bigint[], ?::smallint[])
                                as i(batch, member, state)),
                        was as materialized (
                            select m.batch_id, m.member_id, m.state as before, i.state as after
                            from i join {schema}.batch_member as m
                                on m.batch_id = i.batch and m.member_id = i.member
                            where m.state = 0 or (m.state = 2 and i.state in (1, 3) and ?)
                            order by m.batch_id, m.member_id for no key update of m),
                        turned as (
                            update {schema}.batch_member as m set state = was.after
                            from was
                            where m.batch_id = was.batch_id and m.member_id = was.member_id
                            returning was.batch_id, was.before, was.after)
                        insert into {schema}.batch_delta (batch_id, added, completed, failed, cancelled)
                        select batch_id, 0, count(*) filter (where after = 1),
                            count(*) filter (where after = 2) - count(*) filter (where before = 2),
                            count(*) filter (where after = 3)
                        from turned group by batch_id order by batch_id
                        """);
    }

    /** Does what endings name that were recorded in this transaction. */
    void follow(Connection connection, List<Ending> endings, List<Recorded> answers)
            throws SQLException {
        var counted = new ArrayList<Counted>();
        var then = new ArrayList<NewJob>();
        for (int i = 0; i < endings.size(); i++) {
            Ending ending = endings.get(i);
            if (answers.get(i) == Recorded.RECORDED && ending.follows()) {
                then.addAll(ending.follow().then());
                if (ending.follow().batch() != 0) {
                    counted.add(
                            new Counted(
                                    ending.follow().batch(),
                                    ending.jobId(),
                                    BatchMember.State.after(ending.end())));
                }
            }
        }
        accept(connection, then);
        count(connection, counted, true);
    }

    /** Accepts fresh jobs, those that name a batch as its members. */
    void accept(Connection connection, List<NewJob> jobs) throws SQLException {
        if (jobs.isEmpty()) {
            return;
        }
        enqueues.write(connection, jobs, false);
        var members = jobs.stream().filter(job -> job.terms().batch() != 0).toList();
        if (members.isEmpty()) {
            return;
        }
        long[] batches = members.stream().mapToLong(job -> job.terms().batch()).toArray();
        join(connection, batches, members.stream().mapToLong(NewJob::id).toArray(), false);
    }

    /** Adds members, open, and notes it. */
    void join(Connection connection, long[] batches, long[] members, boolean nested)
            throws SQLException {
        enter(connection, batches, members, nested);
        try (var statement = Sql.prepare(connection, added)) {
            statement.setObject(1, batches);
            statement.executeUpdate();
        }
    }

    /** Adds members, open, that are counted already. */
    void enter(Connection connection, long[] batches, long[] members, boolean nested)
            throws SQLException {
        try (var statement = Sql.prepare(connection, join)) {
            statement.setBoolean(1, nested);
            statement.setObject(2, batches);
            statement.setObject(3, members);
            statement.executeUpdate();
        }
    }

    /**
     * Turns members and notes by how much that changes the counts.
     *
     * @param again also those that failed before
     */
    void count(Connection connection, List<Counted> members, boolean again) throws SQLException {
        if (members.isEmpty()) {
            return;
        }
        try (var statement = Sql.prepare(connection, count)) {
            statement.setObject(1, members.stream().mapToLong(Counted::batch).toArray());
            statement.setObject(2, members.stream().mapToLong(Counted::member).toArray());
            var states = new short[members.size()];
            for (int i = 0; i < states.length; i++) {
                states[i] = (short) members.get(i).state().code();
            }
            statement.setObject(3, states);
            statement.setBoolean(4, again);
            statement.executeUpdate();
        }
    }

    /** Refuses jobs that cannot be members of this batch. */
    static void check(long batchId, List<NewJob> jobs) {
        for (NewJob job : jobs) {
            if (job.isKeyed() || job.terms().batch() != batchId) {
                throw MillraceException.invalid(
                        ("members of batch %d must name it and hold no keys, got job %d of batch"
                                        + " %d; nothing was accepted")
                                .formatted(batchId, job.id(), job.terms().batch()));
            }
        }
    }
}
