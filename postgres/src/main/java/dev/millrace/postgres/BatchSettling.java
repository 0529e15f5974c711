package dev.millrace.postgres;

import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchPlace;
import dev.millrace.store.BatchState;
import dev.millrace.store.BatchStep;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds up what batches counted and ends those without an open member. The row of a batch is locked
 * first and its members are looked at afterwards, by a statement of its own: whoever adds members
 * from outside holds that row, and a member that adds others is open itself until both are there.
 */
final class BatchSettling {
    private static final String UNNEEDED = "its batch ended otherwise than it waited for";

    private final Sql sql;
    private final BatchMembers members;
    private final Settling settling;
    private final String addUp;
    private final String open;
    private final String end;
    private final String reopen;
    private final String joined;
    private final String release;
    private final String look;

    /** A batch as it is while its row is locked. */
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
        boolean hasFailures() {
            return failed + cancelled > 0;
        }
    }

    /** What a step does, gathered so that each kind is one statement. */
    private static final class Deeds {
        private final List<Row> reopened = new ArrayList<>();
        private final List<Row> joining = new ArrayList<>();
        private final List<Row> ended = new ArrayList<>();
        private final List<BatchState> states = new ArrayList<>();
        private final List<Long> released = new ArrayList<>();
        private final List<Long> unneeded = new ArrayList<>();
        private final List<BatchMembers.Counted> nested = new ArrayList<>();

        void release(long job) {
            if (job != 0) {
                released.add(job);
            }
        }

        void drop(long job) {
            if (job != 0) {
                unneeded.add(job);
            }
        }
    }

    BatchSettling(Sql sql, BatchMembers members, Settling settling) {
        this.sql = sql;
        this.members = members;
        this.settling = settling;
        this.addUp =
                sql.text(
                        """
                        with d as (
                            delete from {schema}.batch_delta where ctid = any (array(
                                select ctid from {schema}.batch_delta order by id limit ?
                                for update skip locked))
                            returning batch_id, added, completed, failed, cancelled),
                        s as materialized (
                            select batch_id, sum(added) as added, sum(completed) as completed,
                                sum(failed) as failed, sum(cancelled) as cancelled, count(*) as n
                            from d group by batch_id),
                        locked as materialized (
                            select id from {schema}.batch where id in (select batch_id from s)
                            order by id for no key update),
                        summed as (
                            update {schema}.batch as b set added = b.added + s.added,
                                completed = b.completed + s.completed,
                                failed = b.failed + s.failed, cancelled = b.cancelled + s.cancelled
                            from s join locked as l on l.id = s.batch_id where b.id = l.id
                            returning b.id, b.parent, b.state, b.cancelling, b.joins, b.failed,
                                b.cancelled, b.on_done, b.on_completed, b.on_failed)
                        select (select coalesce(sum(n), 0) from s), b.* from (values (1)) as one
                        left join summed as b on true order by b.id
                        """);
        this.open =
                sql.text(
                        """
                        select id, exists (select from {schema}.batch_delta as d
                            where d.batch_id = b.id) from unnest(?::bigint[]) as b(id)
                        where exists (
                            select from {schema}.batch_member as m
                            where m.batch_id = b.id and m.state = 0)
                            or exists (select from {schema}.batch_delta as d
                                where d.batch_id = b.id)
                        """);
        this.end =
                sql.text(
                        """
                        update {schema}.batch as b set state = i.state, holds = false,
                            ended_at = to_timestamp(?::float8 / 1000000)
                        from unnest(?::bigint[], ?::smallint[]) as i(id, state) where b.id = i.id
                        """);
        this.reopen =
                sql.text(
                        """
                        update {schema}.batch set state = 1, ended_at = null where id = any (?)
                        """);
        this.joined =
                sql.text(
                        """
                        update {schema}.batch set joins = false, added = added + 1
                        where id = any (?)
                        """);
        this.release =
                sql.text(
                        """
                        with gone as materialized (
                            delete from {schema}.scheduled where job_id = any (?)
                                and run_at = '9999-12-31 23:59:59Z'
                            returning job_id, lane, priority, attempt),
                        p as materialized (
                            select nextval('{schema}.position') << 16 as base
                            where exists (select from gone))
                        insert into {schema}.available
                            (pos, job_id, lane, priority, attempt, rescues, again)
                        select base + row_number() over (order by job_id) - 1, job_id, lane,
                            priority, attempt, 0, true
                        from p, gone
                        """);
        this.look =
                sql.text(
                        """
                        select m.batch_id, m.member_id,
                            case when m.nested then 0
                                when d.job_id is not null then 2
                                when h.outcome in (1, 2) then 1
                                when h.outcome in (8, 9) then 3
                                when not exists (
                                    select from {schema}.job as j where j.id = m.member_id) then 3
                                else 0 end
                        from (
                            select batch_id, member_id, nested from {schema}.batch_member
                            where state = 0 and (batch_id, member_id) > (?, ?)
                            order by batch_id, member_id limit ?) as m
                        left join {schema}.discarded as d on d.job_id = m.member_id
                        left join lateral (
                            select outcome from {schema}.history as h
                            where h.job_id = m.member_id and h.outcome in (1, 2, 8, 9)
                            limit 1) as h on true
                        order by m.batch_id, m.member_id
                        """);
    }

    BatchStep settle(Instant now, int max) {
        return sql.transaction("settle batches", connection -> settle(connection, now, max));
    }

    private BatchStep settle(Connection connection, Instant now, int max) throws SQLException {
        var rows = new ArrayList<Row>();
        int counted = addUp(connection, max, rows);
        if (rows.isEmpty()) {
            return new BatchStep(counted, 0, 0);
        }
        Map<Long, Boolean> open = open(connection, ids(rows));
        var deeds = new Deeds();
        for (Row row : rows) {
            // counts that are still to be added bring it here again, and may change how it ends
            if (!open.getOrDefault(row.id(), false)) {
                decide(row, !open.containsKey(row.id()), deeds);
            }
        }
        carryOut(connection, deeds, now);
        return new BatchStep(counted, deeds.ended.size(), release(connection, deeds.released));
    }

    private static void decide(Row row, boolean empty, Deeds deeds) {
        if (row.hasFailures()) {
            deeds.release(row.onFailed());
        }
        if (row.state() == BatchState.FILLING) {
            return;
        }
        if (!empty) {
            if (row.state().isEnded()) {
                deeds.reopened.add(row);
            }
            return;
        }
        if (row.joins() && !row.cancelling()) {
            deeds.joining.add(row);
            deeds.release(row.onDone());
            return;
        }
        BatchState ended = BatchState.ended(row.cancelling(), row.failed(), row.cancelled());
        if (ended == row.state()) {
            return;
        }
        deeds.ended.add(row);
        deeds.states.add(ended);
        if (row.joins()) {
            deeds.drop(row.onDone());
        } else {
            deeds.release(row.onDone());
        }
        switch (ended) {
            case COMPLETED -> {
                deeds.release(row.onCompleted());
                deeds.drop(row.onFailed());
            }
            case CANCELLED -> {
                deeds.drop(row.onCompleted());
                if (!row.hasFailures()) {
                    deeds.drop(row.onFailed());
                }
            }
            case FAILED -> {
                // a retry by hand may still complete it
            }
            case FILLING, WAITING -> throw new IllegalStateException("ended as " + ended);
        }
        if (row.parent() != 0) {
            deeds.nested.add(
                    new BatchMembers.Counted(
                            row.parent(), row.id(), BatchMember.State.after(ended)));
        }
    }

    private void carryOut(Connection connection, Deeds deeds, Instant now) throws SQLException {
        change(connection, reopen, deeds.reopened);
        if (!deeds.joining.isEmpty()) {
            change(connection, joined, deeds.joining);
            long[] jobs = deeds.joining.stream().mapToLong(Row::onDone).toArray();
            members.enter(connection, ids(deeds.joining), jobs, false);
        }
        if (!deeds.ended.isEmpty()) {
            try (var statement = Sql.prepare(connection, end)) {
                statement.setLong(1, Sql.micros(now));
                statement.setObject(2, ids(deeds.ended));
                var states = new short[deeds.states.size()];
                for (int i = 0; i < states.length; i++) {
                    states[i] = (short) deeds.states.get(i).code();
                }
                statement.setObject(3, states);
                statement.executeUpdate();
            }
        }
        settling.end(connection, deeds.unneeded, UNNEEDED, now);
        members.count(connection, deeds.nested, true);
    }

    private int addUp(Connection connection, int max, List<Row> into) throws SQLException {
        int counted = 0;
        try (var statement = Sql.prepare(connection, addUp)) {
            statement.setInt(1, max);
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    counted = rows.getInt(1);
                    long id = rows.getLong(2);
                    if (!rows.wasNull()) {
                        into.add(
                                new Row(
                                        id,
                                        rows.getLong(3),
                                        BatchState.of(rows.getInt(4)),
                                        rows.getBoolean(5),
                                        rows.getBoolean(6),
                                        rows.getLong(7),
                                        rows.getLong(8),
                                        rows.getLong(9),
                                        rows.getLong(10),
                                        rows.getLong(11)));
                    }
                }
            }
        }
        return counted;
    }

    /** Those that have open members or more counts, with whether they have more counts. */
    private Map<Long, Boolean> open(Connection connection, long[] ids) throws SQLException {
        var found = new HashMap<Long, Boolean>();
        try (var statement = Sql.prepare(connection, open)) {
            statement.setObject(1, ids);
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.put(rows.getLong(1), rows.getBoolean(2));
                }
            }
        }
        return found;
    }

    private static void change(Connection connection, String text, List<Row> rows)
            throws SQLException {
        if (!rows.isEmpty()) {
            try (var statement = Sql.prepare(connection, text)) {
                statement.setObject(1, ids(rows));
                statement.executeUpdate();
            }
        }
    }

    private static long[] ids(List<Row> rows) {
        return rows.stream().mapToLong(Row::id).toArray();
    }

    private int release(Connection connection, List<Long> jobs) throws SQLException {
        if (jobs.isEmpty()) {
            return 0;
        }
        try (var statement = Sql.prepare(connection, release)) {
            statement.setObject(1, Jobs.array(jobs));
            return statement.executeUpdate();
        }
    }

    BatchPlace sweep(BatchPlace after, int max) {
        var looked = sql.run("look for ended members", connection -> look(connection, after, max));
        var ended =
                looked.stream().filter(member -> member.state() != BatchMember.State.OPEN).toList();
        if (!ended.isEmpty()) {
            sql.transaction(
                    "count ended members",
                    connection -> {
                        members.count(connection, ended, false);
                        return ended.size();
                    });
        }
        return looked.size() == max
                ? new BatchPlace(looked.getLast().batch(), looked.getLast().member())
                : BatchPlace.FIRST;
    }

    private List<BatchMembers.Counted> look(Connection connection, BatchPlace after, int max)
            throws SQLException {
        var looked = new ArrayList<BatchMembers.Counted>();
        try (var statement = Sql.prepare(connection, look)) {
            statement.setLong(1, after.batch());
            statement.setLong(2, after.member());
            statement.setInt(3, max);
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    looked.add(
                            new BatchMembers.Counted(
                                    rows.getLong(1),
                                    rows.getLong(2),
                                    BatchMember.State.of(rows.getInt(3))));
                }
            }
        }
        return looked;
    }
}
