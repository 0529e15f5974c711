package dev.millrace.postgres;

import dev.millrace.store.Lease;
import dev.millrace.store.LeaseStore;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who leads. Taking a lease waits for the disk, so that no crash has an epoch given twice; renewing
 * it does not.
 */
final class LeaseRows implements LeaseStore {
    private final Sql sql;
    private final String look;
    private final String all;
    private final String make;
    private final String take;
    private final String renew;
    private final String release;

    LeaseRows(Sql sql) {
        this.sql = sql;
        String rows = "select name, holder, epoch, beat, since from {schema}.lease ";
        this.look = sql.text(rows + "where name = ?");
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
        this.renew =
                sql.text(
                        """
                        update {schema}.lease set beat = beat + 1
                        where name = ? and holder = ? and epoch = ?
                            and (select set_config('synchronous_commit', 'off', true)) is not null
                        """);
        this.release =
                sql.text(
                        """
                        update {schema}.lease set holder = ''
                        where name = ? and holder = ? and epoch = ?
                        """);
    }

    @Override
    public Optional<Lease> look(String name) {
        return sql.run(
                "look at lease '%s'".formatted(name),
                connection -> {
                    try (var statement = Sql.prepare(connection, look)) {
                        statement.setString(1, name);
                        return read(statement).stream().findFirst();
                    }
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
    public boolean renew(String name, String holder, long epoch) {
        return change("renew", renew, name, holder, epoch) == 1;
    }

    @Override
    public void release(String name, String holder, long epoch) {
        change("lay down", release, name, holder, epoch);
    }

    private int change(String what, String text, String name, String holder, long epoch) {
        return sql.run(
                "%s lease '%s'".formatted(what, name),
                connection -> {
                    try (var statement = Sql.prepare(connection, text)) {
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
