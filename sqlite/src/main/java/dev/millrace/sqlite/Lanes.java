package dev.millrace.sqlite;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The lanes as one connection knows them. Lanes are never changed or removed, so only new ones are
 * ever read. Not thread-safe.
 */
final class Lanes {
    private static final String AFTER =
            "SELECT id, queue, kind, version, gate FROM lane WHERE id > ? ORDER BY id";
    private static final String NEWEST = "SELECT max(id) FROM lane";
    private static final String ADD =
            "INSERT INTO lane (queue, kind, version, gate) VALUES (?, ?, ?, ?)";

    private record Key(String queue, String kind, int version, int gate) {}

    private final Session session;
    private final List<Lane> byId = new ArrayList<>();
    private final Map<Key, Lane> byKey = new HashMap<>();

    Lanes(Session session) {
        this.session = session;
    }

    /** The lane of an enqueue, made if it is new. Only inside a write transaction. */
    int forEnqueue(String queue, String kind, int version, int gate) throws SQLException {
        var key = new Key(queue, kind, version, gate);
        var known = byKey.get(key);
        if (known == null) {
            refresh();
            known = byKey.get(key);
        }
        if (known == null) {
            var add = session.prepare(ADD);
            add.setString(1, queue);
            add.setString(2, kind);
            add.setInt(3, version);
            add.setInt(4, gate);
            add.executeUpdate();
            refresh();
            known = byKey.get(key);
        }
        if (known == null) {
            throw new IllegalStateException("lane %s was not kept".formatted(key));
        }
        return known.id();
    }

    /** The lanes that pass, by number, with those that other processes have made. */
    List<Lane> matching(Predicate<Lane> wanted) throws SQLException {
        refreshIfNew();
        return byId.stream().filter(wanted).toList();
    }

    /** A lane by its number. */
    Lane get(int id) throws SQLException {
        var lane = find(id);
        if (lane == null) {
            refresh();
            lane = find(id);
        }
        if (lane == null) {
            throw new UnreadableException("lane", "the number of a lane in the file", id);
        }
        return lane;
    }

    /** The lane by which a job enters that stands in this one: for the admitted, their gate's. */
    int entrance(int id) throws SQLException {
        var lane = get(id);
        if (lane.gate() != Lane.ADMITTED) {
            return id;
        }
        return forEnqueue(lane.queue(), lane.kind(), lane.version(), Lane.GATE);
    }

    /** The lane of the admitted among those that enter by this one. In a write transaction. */
    int admitted(int id) throws SQLException {
        var lane = get(id);
        return forEnqueue(lane.queue(), lane.kind(), lane.version(), Lane.ADMITTED);
    }

    /** Forgets all, since a transaction that may have made lanes was rolled back. */
    void forget() {
        byId.clear();
        byKey.clear();
    }

    private @Nullable Lane find(int id) {
        return id >= 1 && id <= byId.size() ? byId.get(id - 1) : null;
    }

    private void refreshIfNew() throws SQLException {
        if (session.number(0, NEWEST) > byId.size()) {
            refresh();
        }
    }

    private void refresh() throws SQLException {
        try (var rows = session.query(AFTER, byId.size())) {
            while (rows.next()) {
                var lane =
                        new Lane(
                                rows.getInt(1),
                                rows.getString(2),
                                rows.getString(3),
                                rows.getInt(4),
                                rows.getInt(5));
                if (lane.id() != byId.size() + 1) {
                    throw new IllegalStateException(
                            "lane %d expected, got %d".formatted(byId.size() + 1, lane.id()));
                }
                byId.add(lane);
                byKey.put(new Key(lane.queue(), lane.kind(), lane.version(), lane.gate()), lane);
            }
        }
    }
}
