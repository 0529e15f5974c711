package dev.millrace.postgres;

import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What batches look like from outside, with what is not added up yet; and forgetting them. */
final class BatchLooks {
    /** Rows of counts added to one look; settling keeps them far fewer. */
    private static final String LOOK =
            """
            select b.id, b.parent, b.name, b.item_key, b.state, b.cancelling, b.created_at,
                b.ended_at, b.added + coalesce(d.added, 0), b.completed + coalesce(d.completed, 0),
                b.failed + coalesce(d.failed, 0), b.cancelled + coalesce(d.cancelled, 0),
                b.on_done, b.on_completed, b.on_failed
            from {from} left join lateral (
                select sum(added) as added, sum(completed) as completed, sum(failed) as failed,
                    sum(cancelled) as cancelled
                from (select * from {schema}.batch_delta as d where d.batch_id = b.id limit 10000)
                    as noted) as d on true
            """;

    private final Sql sql;
    private final String byId;
    private final String byKey;
    private final String state;
    private final String cancelling;
    private final String counts;
    private final String members;
    private final String forgetMembers;
    private final String forget;
    private final String declare;
    private final String plans;

    BatchLooks(Sql sql) {
        this.sql = sql;
        this.byId = look("select * from {schema}.batch where id = ?");
        this.byKey =
                look(
                        "select * from {schema}.batch where name = ? and item_key = ?"
                                + " order by id desc limit 1");
        this.state = sql.text("select state from {schema}.batch where id = ? for no key update");
        this.counts = sql.text("select 1 from {schema}.batch_delta limit 1");
        this.cancelling =
                sql.text(
                        """
                        select id from {schema}.batch where cancelling and ended_at is null
                        order by id limit ?
                        """);
        this.members =
                sql.text(
                        """
                        select member_id, nested, state from {schema}.batch_member
                        where batch_id = ? and member_id > ? and (? < 0 or state = ?)
                        order by member_id limit ?
                        """);
        String old =
                """
                select id from {schema}.batch where ended_at < to_timestamp(?::float8 / 1000000)
                order by ended_at limit ?
                """;
        this.forgetMembers =
                sql.text(
                        "delete from {schema}.batch_member where ctid = any (array("
                                + "select m.ctid from ("
                                + old
                                + ") as b join {schema}.batch_member as m on m.batch_id = b.id"
                                + " limit ? for update of m skip locked))");
        this.forget =
                sql.text(
                        "delete from {schema}.batch where id = any (array(select b.id from ("
                                + old
                                + ") as b where not exists (select from {schema}.batch_member as m"
                                + " where m.batch_id = b.id)))");
        this.declare =
                sql.text(
                        """
                        insert into {schema}.pipeline (name, plan) values (?, ?)
                        on conflict (name) do update set plan = excluded.plan
                        where pipeline.plan <> excluded.plan
                        """);
        this.plans = sql.text("select name, plan from {schema}.pipeline order by name");
    }

    private String look(String from) {
        return sql.text(LOOK.replace("{from}", "(" + from + ") as b")) + " order by b.id desc";
    }

    /** Why a batch takes no members. */
    static String refusal(long batchId, String got) {
        return "batch %d must be there and not have ended to take members, got: %s; nothing was accepted"
                .formatted(batchId, got);
    }

    /** Where a batch stands, its row locked. */
    Optional<BatchState> state(Connection connection, long id) throws SQLException {
        try (var statement = Sql.prepare(connection, state)) {
            statement.setLong(1, id);
            try (var row = statement.executeQuery()) {
                return row.next() ? Optional.of(BatchState.of(row.getInt(1))) : Optional.empty();
            }
        }
    }

    /** Fills a statement in. */
    private interface Filling {
        void fill(PreparedStatement statement) throws SQLException;
    }

    /** Reads a row. */
    private interface Reading<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> List<T> all(String what, String text, Filling filling, Reading<T> reading) {
        return sql.run(
                what,
                connection -> {
                    try (var statement = Sql.prepare(connection, text)) {
                        filling.fill(statement);
                        try (var rows = statement.executeQuery()) {
                            var all = new ArrayList<T>();
                            while (rows.next()) {
                                all.add(reading.read(rows));
                            }
                            return all;
                        }
                    }
                });
    }

    Optional<BatchSnapshot> find(long id) {
        return all("look at batch " + id, byId, s -> s.setLong(1, id), BatchLooks::snapshot)
                .stream()
                .findFirst();
    }

    Optional<BatchSnapshot> item(String pipeline, String key) {
        return all(
                        "look at an item",
                        byKey,
                        s -> {
                            s.setString(1, pipeline);
                            s.setString(2, key);
                        },
                        BatchLooks::snapshot)
                .stream()
                .findFirst();
    }

    List<BatchSnapshot> list(BatchFilter filter, long before, int max) {
        var text = new StringBuilder("select * from {schema}.batch where id < ?");
        text.append(filter.items() ? " and item_key is not null" : " and item_key is null");
        text.append(filter.name() == null ? "" : " and name = ?");
        text.append(filter.state() == null ? "" : " and state = ?");
        return all(
                "list batches",
                look(text.append(" order by id desc limit ?").toString()),
                s -> {
                    int at = 1;
                    s.setLong(at++, before);
                    if (filter.name() != null) {
                        s.setString(at++, filter.name());
                    }
                    if (filter.state() != null) {
                        s.setShort(at++, (short) filter.state().code());
                    }
                    s.setInt(at, max);
                },
                BatchLooks::snapshot);
    }

    private static BatchSnapshot snapshot(ResultSet row) throws SQLException {
        return new BatchSnapshot(
                row.getLong(1),
                row.getLong(2),
                row.getString(3),
                row.getString(4),
                BatchState.of(row.getInt(5)),
                row.getBoolean(6),
                Sql.instant(row, "created_at"),
                Workers.moment(row.getObject(8, OffsetDateTime.class)),
                row.getLong(9),
                row.getLong(10),
                row.getLong(11),
                row.getLong(12),
                row.getLong(13),
                row.getLong(14),
                row.getLong(15));
    }

    /** Whether there are counts to be added up. */
    boolean hasCounts() {
        return !all("look for counts", counts, s -> {}, row -> row.getInt(1)).isEmpty();
    }

    List<Long> cancelling(int max) {
        return all(
                "look for cancelled batches",
                cancelling,
                s -> s.setInt(1, max),
                row -> row.getLong(1));
    }

    List<BatchMember> members(
            long batchId, BatchMember.@Nullable State wanted, long after, int max) {
        int code = wanted == null ? -1 : wanted.code();
        return all(
                "list members of batch " + batchId,
                members,
                s -> {
                    s.setLong(1, batchId);
                    s.setLong(2, after);
                    s.setInt(3, code);
                    s.setInt(4, code);
                    s.setInt(5, max);
                },
                row ->
                        new BatchMember(
                                row.getLong(1),
                                row.getBoolean(2),
                                BatchMember.State.of(row.getInt(3))));
    }

    int prune(Instant endedBefore, int max) {
        return sql.run(
                "forget old batches",
                connection -> {
                    int gone = 0;
                    try (var statement = Sql.prepare(connection, forgetMembers)) {
                        statement.setLong(1, Sql.micros(endedBefore));
                        statement.setInt(2, max);
                        statement.setInt(3, max);
                        gone += statement.executeUpdate();
                    }
                    try (var statement = Sql.prepare(connection, forget)) {
                        statement.setLong(1, Sql.micros(endedBefore));
                        statement.setInt(2, max);
                        return gone + statement.executeUpdate();
                    }
                });
    }

    void declare(String pipeline, String plan) {
        sql.run(
                "declare pipeline '%s'".formatted(pipeline),
                connection -> {
                    try (var statement = Sql.prepare(connection, declare)) {
                        statement.setString(1, pipeline);
                        statement.setString(2, plan);
                        return statement.executeUpdate();
                    }
                });
    }

    Map<String, String> plans() {
        var found = new TreeMap<String, String>();
        all("list pipelines", plans, s -> {}, row -> found.put(row.getString(1), row.getString(2)));
        return found;
    }
}
