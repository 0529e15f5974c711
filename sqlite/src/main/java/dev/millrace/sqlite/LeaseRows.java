package dev.millrace.sqlite;

import dev.millrace.job.Durability;
import dev.millrace.store.Lease;
import dev.millrace.store.LeaseStore;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who leads. Taking a lease is flushed to disk, so that no crash has an epoch given twice; renewing
 * it is not.
 */
final class LeaseRows implements LeaseStore {
    private static final String ROWS = "SELECT name, holder, epoch, beat, since FROM lease ";
    private static final String LOOK = ROWS + "WHERE name = ?";
    private static final String ALL = ROWS + "ORDER BY name LIMIT ?";
    private static final String MAKE =
            "INSERT OR IGNORE INTO lease (holder, epoch, beat, since, name) VALUES (?, 1, 0, ?, ?)";
    private static final String TAKE =
            """
            UPDATE lease SET holder = ?, epoch = epoch + 1, beat = 0, since = ?
            WHERE name = ? AND epoch = ? AND beat = ? AND holder = ?\
            """;
    private static final String RENEW =
            "UPDATE lease SET beat = beat + 1 WHERE name = ? AND holder = ? AND epoch = ?";
    private static final String RELEASE =
            "UPDATE lease SET holder = '' WHERE name = ? AND holder = ? AND epoch = ?";

    private final SqliteWriter writer;
    private final SqliteReaders readers;

    LeaseRows(SqliteWriter writer, SqliteReaders readers) {
        this.writer = writer;
        this.readers = readers;
    }

    @Override
    public Map<String, Lease> turn(String holder, Map<String, Long> held, Set<String> others) {
        return held.isEmpty()
                ? readers.look("leases", session -> look(session, others))
                : writer.run(
                        "renewing leases",
                        Durability.OS,
                        transaction -> {
                            var session = transaction.session();
                            var renewed = new HashSet<String>();
                            for (var lease : held.entrySet()) {
                                if (renew(session, lease.getKey(), holder, lease.getValue())) {
                                    renewed.add(lease.getKey());
                                }
                            }
                            renewed.addAll(others);
                            return look(session, renewed);
                        });
    }

    private static boolean renew(Session session, String name, String holder, long epoch)
            throws SQLException {
        return change(session.prepare(RENEW), name, holder, epoch) == 1;
    }

    private static int change(PreparedStatement change, String name, String holder, long epoch)
            throws SQLException {
        change.setString(1, name);
        change.setString(2, holder);
        change.setLong(3, epoch);
        return change.executeUpdate();
    }

    private static Map<String, Lease> look(Session session, Set<String> names) throws SQLException {
        var found = new TreeMap<String, Lease>();
        for (String name : names) {
            look(session, name).ifPresent(lease -> found.put(name, lease));
        }
        return found;
    }

    private static Optional<Lease> look(Session session, String name) throws SQLException {
        var look = session.prepare(LOOK);
        look.setString(1, name);
        return read(look).stream().findFirst();
    }

    @Override
    public Lease take(String name, String holder, Optional<Lease> seen, Instant now) {
        return writer.run(
                "taking a lease",
                transaction -> {
                    var session = transaction.session();
                    var take = session.prepare(seen.isEmpty() ? MAKE : TAKE);
                    take.setString(1, holder);
                    take.setLong(2, Moments.micros(now));
                    take.setString(3, name);
                    if (seen.isPresent()) {
                        take.setLong(4, seen.get().epoch());
                        take.setLong(5, seen.get().beat());
                        take.setString(6, seen.get().holder());
                    }
                    take.executeUpdate();
                    return look(session, name).orElseThrow();
                });
    }

    @Override
    public void release(String name, String holder, long epoch) {
        writer.run(
                "laying a lease down",
                Durability.OS,
                transaction -> change(transaction.session().prepare(RELEASE), name, holder, epoch));
    }

    @Override
    public List<Lease> all() {
        return readers.look(
                "leases",
                session -> {
                    var all = session.prepare(ALL);
                    all.setInt(1, MOST);
                    return read(all);
                });
    }

    private static List<Lease> read(PreparedStatement statement) throws SQLException {
        var found = new ArrayList<Lease>();
        try (var rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(
                        new Lease(
                                rows.getString(1),
                                rows.getString(2),
                                rows.getLong(3),
                                rows.getLong(4),
                                Moments.instant(rows.getLong(5))));
            }
        }
        return found;
    }
}
