package dev.millrace.sqlite;

import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;

import org.jspecify.annotations.Nullable;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What batches look like from outside, with what is not added up yet. */
final class BatchLooks {
    /** Rows of counts added to one look; settling keeps them far fewer. */
    private static final String LOOK =
            """
            SELECT b.id, b.parent, b.name, b.item_key, b.state, b.cancelling, b.created_at,
              b.ended_at, b.added, b.completed, b.failed, b.cancelled, b.on_done, b.on_completed,
              b.on_failed
            FROM batch b WHERE \
            """;

    private static final String PENDING =
            """
            SELECT coalesce(sum(added), 0), coalesce(sum(completed), 0), coalesce(sum(failed), 0),
              coalesce(sum(cancelled), 0)
            FROM (SELECT * FROM batch_delta WHERE batch_id = ? LIMIT 10000)\
            """;
    private static final String BY_ID = LOOK + "id = ?";
    private static final String BY_KEY =
            LOOK + "name = ? AND item_key IS NOT NULL AND item_key = ? ORDER BY id DESC LIMIT 1";
    private static final String ITEMS = "item_key IS NOT NULL";
    private static final String PLAIN = "item_key IS NULL";
    private static final String PAGE = " AND id < ? ORDER BY id DESC LIMIT ?";
    private static final String CANCELLING =
            "SELECT id FROM batch WHERE cancelling = 1 AND ended_at IS NULL ORDER BY id LIMIT ?";
    private static final String MEMBERS =
            """
            SELECT member_id, nested, state FROM batch_member
            WHERE batch_id = ?1 AND member_id > ?2 AND (?3 < 0 OR state = ?3)
            ORDER BY member_id LIMIT ?4\
            """;
    private static final String OPEN_MEMBERS =
            """
            SELECT member_id, nested, state FROM batch_member
            WHERE batch_id = ?1 AND member_id > ?2 AND state = 0 AND ?3 = 0
            ORDER BY member_id LIMIT ?4\
            """;
    private static final String NOTES = "SELECT 1 FROM batch_delta LIMIT 1";
    private static final String PLANS = "SELECT name, plan FROM pipeline ORDER BY name";

    private final SqliteReaders readers;

    BatchLooks(SqliteReaders readers) {
        this.readers = readers;
    }

    /** Fills a statement in. */
    interface Filling {
        void fill(PreparedStatement statement) throws SQLException;
    }

    /** Reads a row. */
    interface Reading<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> all(String what, String text, Filling filling, Reading<T> reading) {
        return readers.look(
                what,
                session -> {
                    var look = session.prepare(text);
                    filling.fill(look);
                    var all = new ArrayList<T>();
                    try (var rows = look.executeQuery()) {
                        while (rows.next()) {
                            all.add(reading.read(rows));
                        }
                    }
                    return all;
                });
    }

    boolean hasNotes() {
        return readers.look("looking for counts", session -> session.number(0, NOTES) == 1);
    }

    Optional<BatchSnapshot> find(long id) {
        return snapshots(BY_ID, look -> look.setLong(1, id)).stream().findFirst();
    }

    Optional<BatchSnapshot> item(String pipeline, String key) {
        return snapshots(
                        BY_KEY,
                        look -> {
                            look.setString(1, pipeline);
                            look.setString(2, key);
                        })
                .stream()
                .findFirst();
    }

    List<BatchSnapshot> list(BatchFilter filter, long before, int max) {
        String text =
                LOOK
                        + (filter.items() ? ITEMS : PLAIN)
                        + (filter.name() == null ? "" : " AND name = ?")
                        + (filter.state() == null ? "" : " AND state = ?")
                        + PAGE;
        return snapshots(
                text,
                look -> {
                    int at = 1;
                    if (filter.name() != null) {
                        look.setString(at++, filter.name());
                    }
                    if (filter.state() != null) {
                        look.setInt(at++, filter.state().code());
                    }
                    look.setLong(at++, before);
                    look.setInt(at, max);
                });
    }

    private List<BatchSnapshot> snapshots(String text, Filling filling) {
        return readers.look(
                "looking at batches",
                session -> {
                    var look = session.prepare(text);
                    filling.fill(look);
                    var rows = new ArrayList<BatchSnapshot>();
                    try (var found = look.executeQuery()) {
                        while (found.next()) {
                            rows.add(snapshot(found));
                        }
                    }
                    var all = new ArrayList<BatchSnapshot>();
                    for (var row : rows) {
                        all.add(withPending(session, row));
                    }
                    return all;
                });
    }

    private static BatchSnapshot withPending(Session session, BatchSnapshot batch)
            throws SQLException {
        try (var rows = session.query(PENDING, batch.id())) {
            rows.next();
            return new BatchSnapshot(
                    batch.id(),
                    batch.parent(),
                    batch.name(),
                    batch.key(),
                    batch.state(),
                    batch.cancelling(),
                    batch.createdAt(),
                    batch.endedAt(),
                    batch.added() + rows.getLong(1),
                    batch.completed() + rows.getLong(2),
                    batch.failed() + rows.getLong(3),
                    batch.cancelled() + rows.getLong(4),
                    batch.onDone(),
                    batch.onCompleted(),
                    batch.onFailed());
        }
    }

    private static BatchSnapshot snapshot(ResultSet row) throws SQLException {
        long ended = row.getLong(8);
        return new BatchSnapshot(
                row.getLong(1),
                row.getLong(2),
                row.getString(3),
                row.getString(4),
                BatchState.of(row.getInt(5)),
                row.getInt(6) == 1,
                Moments.instant(row.getLong(7)),
                ended == 0 ? null : Moments.instant(ended),
                row.getLong(9),
                row.getLong(10),
                row.getLong(11),
                row.getLong(12),
                row.getLong(13),
                row.getLong(14),
                row.getLong(15));
    }

    List<Long> cancelling(int max) {
        return all(
                "looking for cancelled batches",
                CANCELLING,
                look -> look.setInt(1, max),
                rows -> rows.getLong(1));
    }

    List<BatchMember> members(
            long batchId, BatchMember.@Nullable State state, long after, int max) {
        return all(
                "listing members",
                state == BatchMember.State.OPEN ? OPEN_MEMBERS : MEMBERS,
                look -> {
                    look.setLong(1, batchId);
                    look.setLong(2, after);
                    look.setInt(3, state == null ? -1 : state.code());
                    look.setInt(4, max);
                },
                rows ->
                        new BatchMember(
                                rows.getLong(1),
                                rows.getInt(2) == 1,
                                BatchMember.State.of(rows.getInt(3))));
    }

    Map<String, String> plans() {
        var found = new TreeMap<String, String>();
        for (String[] plan :
                all(
                        "listing pipelines",
                        PLANS,
                        look -> {},
                        rows -> new String[] {rows.getString(1), rows.getString(2)})) {
            found.put(plan[0], plan[1]);
        }
        return found;
    }
}
