package dev.millrace.postgres;

import dev.millrace.store.Lease;
import dev.millrace.store.LeaseStore;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who leads. Taking a lease waits for the disk, so that no crash has an epoch given twice; renewing
 * it does not.
 */
final class LeaseRows implements LeaseStore {
    private final Sql sql;
    private final String all;
    private final String make;
    private final String take;
    private final String turn;
    private final String look;
    private final String release;

    LeaseRows(Sql sql) {
        this.sql = sql;
        String rows = "select name, holder, epoch, beat, since from {schema}.lease ";
        this.look = sql.text(rows + "where name = any (?)");
        this.all = sql.text(rows + "order by name limit ?");
        this.make =
                sql.text(
                        """
                        insert into {schema}.lease (holder, epoch, beat, since, name)
                        values (?, 1, 0, ?, ?) on conflict (name) do nothing
                        """);
        this.take =
                sql.text(
                        """
                        update {schema}.lease
                        set holder = ?, epoch = epoch + 1, beat = 0, since = ?
                        where name = ? and epoch = ? and beat = ? and holder = ?
                        """);
        // What is renewed is answered by the update itself: a look beside it would not see it.
        this.turn =
                sql.text(
                        """
                        with held as materialized (
                            select *, set_config('synchronous_commit', 'off', true) as fast
                            from unnest(?::text[], ?::bigint[]) as i(name, epoch)),
                        renewed as (
                            update {schema}.lease as l set beat = l.beat + 1 from held as i
                            where l.name = i.name and l.holder = ? and l.epoch = i.epoch
                            returning l.name, l.holder, l.epoch, l.beat, l.since)
                        select * from renewed union all
                        """
                                + rows
                                + "where name = any (?)");
        this.release =
                sql.text(
                        """
                        update {schema}.lease set holder = ''
                        where name = ? and holder = ? and epoch = ?
                        """);
    }

    @Override
    public Map<String, Lease> turn(String holder, Map<String, Long> held, Set<String> others) {
        return sql.run(
                "renew %d leases and look at %d".formatted(held.size(), others.size()),
                connection -> {
                    var found = new TreeMap<String, Lease>();
                    try (var statement = Sql.prepare(connection, held.isEmpty() ? look : turn)) {
                        int at = 1;
                        if (!held.isEmpty()) {
                            var names = held.keySet().toArray(String[]::new);
                            statement.setObject(at++, names);
                            statement.setObject(
                                    at++, Arrays.stream(names).mapToLong(held::get).toArray());
                            statement.setString(at++, holder);
                        }
                        statement.setObject(at, others.toArray(String[]::new));
                        read(statement).forEach(lease -> found.put(lease.name(), lease));
                    }
                    return found;
                });
    }

    @Override
    public Lease take(String name, String holder, Optional<Lease> seen, Instant now) {
        int taken =
                sql.run(
                        "take lease '%s'".formatted(name),
                        connection -> {
                            String text = seen.isEmpty() ? make : take;
                            try (var statement = Sql.prepare(connection, text)) {
                                statement.setString(1, holder);
                                statement.setLong(2, Sql.micros(now));
                                statement.setString(3, name);
                                if (seen.isPresent()) {
                                    statement.setLong(4, seen.get().epoch());
                                    statement.setLong(5, seen.get().beat());
                                    statement.setString(6, seen.get().holder());
                                }
                                return statement.executeUpdate();
                            }
                        });
        if (taken == 1) {
            long epoch = seen.map(Lease::epoch).orElse(0L) + 1;
            return new Lease(name, holder, epoch, 0, Sql.instant(Sql.micros(now)));
        }
        return look(name).orElseThrow(() -> new IllegalStateException("a lease is never removed"));
    }

    @Override
    public void release(String name, String holder, long epoch) {
        sql.run(
                "lay down lease '%s'".formatted(name),
                connection -> {
                    try (var statement = Sql.prepare(connection, release)) {
                        statement.setString(1, name);
                        statement.setString(2, holder);
                        statement.setLong(3, epoch);
                        return statement.executeUpdate();
                    }
                });
    }

    @Override
    public List<Lease> all() {
        return sql.run(
                "list leases",
                connection -> {
                    try (var statement = Sql.prepare(connection, all)) {
                        statement.setInt(1, MOST);
                        return read(statement);
                    }
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
                                Sql.instant(rows.getLong(5))));
            }
        }
        return found;
    }
}
