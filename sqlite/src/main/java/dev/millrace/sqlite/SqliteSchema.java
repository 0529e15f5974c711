package dev.millrace.sqlite;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.store.Schema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbered migrations of a file, kept in its {@code user_version}; {@code application_id} says
 * that the file is ours. Each call opens and closes a connection of its own.
 */
final class SqliteSchema implements Schema {
    private static final long BUSY_BOUND_NANOS = Duration.ofSeconds(10).toNanos();
    private static final List<String> MIGRATIONS =
            List.of(
                    "0001-jobs.sql",
                    "0002-keys.sql",
                    "0003-tallies.sql",
                    "0004-reports.sql",
                    "0005-schedules.sql",
                    "0006-access.sql",
                    "0007-workers.sql",
                    "0008-limits.sql",
                    "0009-batches.sql",
                    "0010-remote.sql",
                    "0011-rates.sql");

    /** "Mill", kept in the file's header. */
    private static final int APPLICATION_ID = 0x4d696c6c;

    private final Database database;

    SqliteSchema(Database database) {
        this.database = database;
    }

    @Override
    public int installed() {
        if (!database.exists()) {
            return 0;
        }
        try (var connection = database.connectToMigrate()) {
            return lookAtOnce(connection);
        } catch (SQLException e) {
            throw SqliteErrors.opening(database.file(), "reading the schema", e);
        }
    }

    @Override
    public int known() {
        return MIGRATIONS.size();
    }

    @Override
    public List<String> pending() {
        int installed = installed();
        requireNotNewer(installed);
        return MIGRATIONS.subList(installed, known()).stream().map(SqliteSchema::sql).toList();
    }

    @Override
    public void apply() {
        database.makeDirectory();
        try {
            // a change of the journal's mode is refused at once beside others, whatever the timeout
            new BusyWait(BUSY_BOUND_NANOS).take(this::applyOnce);
        } catch (SQLException e) {
            throw SqliteErrors.opening(database.file(), "migration", e);
        }
    }

    private void applyOnce() throws SQLException {
        try (var connection = database.connectToMigrate()) {
            int installed = lookAtOnce(connection);
            requireNotNewer(installed);
            if (installed == known()) {
                return;
            }
            execute(connection, "PRAGMA auto_vacuum = INCREMENTAL");
            execute(connection, "PRAGMA journal_mode = WAL");
            execute(connection, "PRAGMA synchronous = FULL");
            execute(connection, "BEGIN IMMEDIATE");
            migrate(connection);
            execute(connection, "COMMIT");
        }
    }

    /**
     * Checks that the file has just the schema that this program knows.
     *
     * @throws MillraceException with {@code schema-mismatch} when it has not
     */
    void requireCurrent() {
        int installed = installed();
        requireNotNewer(installed);
        if (installed < known()) {
            throw new MillraceException(
                    Code.SCHEMA_MISMATCH,
                    "%s must have schema %d, got %s: run `millrace migrate` first"
                            .formatted(
                                    database.file(),
                                    known(),
                                    installed == 0 ? "none" : String.valueOf(installed)));
        }
    }

    /** Closing the connection after a failure rolls everything back. */
    private void migrate(Connection connection) throws SQLException {
        for (int next = installed(connection); next < known(); next++) {
            for (var statement : statements(sql(MIGRATIONS.get(next)))) {
                execute(connection, statement);
            }
        }
        execute(connection, "PRAGMA user_version = " + known());
        execute(connection, "PRAGMA application_id = " + APPLICATION_ID);
    }

    /** In one transaction, since another process may be migrating meanwhile. */
    private int lookAtOnce(Connection connection) throws SQLException {
        execute(connection, "BEGIN");
        int installed = installed(connection);
        execute(connection, "COMMIT");
        return installed;
    }

    private int installed(Connection connection) throws SQLException {
        long ours = number(connection, "PRAGMA application_id");
        long version = number(connection, "PRAGMA user_version");
        if (ours != APPLICATION_ID
                && number(connection, "SELECT count(*) FROM sqlite_schema") > 0) {
            throw new MillraceException(
                    Code.STORE_REFUSED,
                    "%s must be a Millrace database or empty, got a file of another program; name"
                                    .formatted(database.file())
                            + " another file");
        }
        return (int) version;
    }

    private void requireNotNewer(int installed) {
        if (installed > known()) {
            throw new MillraceException(
                    Code.SCHEMA_MISMATCH,
                    "%s must have schema %d or older, got %d: it was written by a newer Millrace; use"
                                    .formatted(database.file(), known(), installed)
                            + " that version or newer, nothing was changed");
        }
    }

    private static String sql(String name) {
        try (var in = SqliteSchema.class.getResourceAsStream("schema/" + name)) {
            if (in == null) {
                throw new IllegalStateException("migration %s is not packaged".formatted(name));
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("migration %s cannot be read".formatted(name), e);
        }
    }

    /** Statements end with a semicolon at the end of a line. */
    private static List<String> statements(String script) {
        var found = new ArrayList<String>();
        for (var part : script.split(";\\s*\\n", -1)) {
            if (!part.isBlank()) {
                found.add(part);
            }
        }
        return found;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }
}
