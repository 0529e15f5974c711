package dev.millrace.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.job.MillraceException;
import dev.millrace.store.Schema;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The numbered migrations, each a resource file. They are applied in one transaction under an
 * advisory lock, so that several processes may start at once.
 */
final class Migrations implements Schema {
    private static final List<String> FILES =
            List.of(
                    "0001-jobs.sql",
                    "0002-keys-and-controls.sql",
                    "0003-tallies.sql",
                    "0004-reports.sql",
                    "0005-schedules.sql",
                    "0006-access.sql",
                    "0007-workers.sql",
                    "0008-limits.sql",
                    "0009-batches.sql",
                    "0010-remote.sql",
                    "0011-rates.sql");

    private static final String RECORD =
            """
            create table if not exists {schema}.migration (
                version int primary key,
                name text not null,
                applied_at timestamptz not null default now()
            )\
            """;

    private final Sql sql;

    Migrations(Sql sql) {
        this.sql = sql;
    }

    @Override
    public int known() {
        return FILES.size();
    }

    @Override
    public int installed() {
        return sql.run("read the schema's version", this::installed);
    }

    @Override
    public List<String> pending() {
        int installed = installed();
        return IntStream.range(installed, Math.max(installed, known()))
                .mapToObj(i ->
                        (i == 0 ? preamble() : "") + text(FILES.get(i)) + "\n" + record(i) + ";\n")
                .toList();
    }

    @Override
    public void apply() {
        if (checked(installed()) == known()) {
            return;
        }
        sql.transaction(
                "migrate schema '%s'".formatted(sql.schema().name()),
                connection -> {
                    try (var lock =
                            connection.prepareStatement("select pg_advisory_xact_lock(?)")) {
                        lock.setLong(1, sql.schema().migrationLock());
                        lock.execute();
                    }
                    int from = checked(installed(connection));
                    for (int i = from; i < known(); i++) {
                        apply(connection, i);
                    }
                    return known();
                });
    }

    /** Refuses a schema that this program must not touch or does not find. */
    void check() {
        int installed = checked(installed());
        if (installed < known()) {
            throw new MillraceException(
                    MillraceException.Code.SCHEMA_MISMATCH,
                    "schema '%s' must have %d migrations, found %d; run 'millrace migrate'"
                            .formatted(sql.schema().name(), known(), installed));
        }
    }

    private int checked(int installed) {
        if (installed > known()) {
            throw new MillraceException(
                    MillraceException.Code.SCHEMA_MISMATCH,
                    ("schema '%s' has %d migrations, this program knows %d; it was made by a newer"
                                    + " Millrace: upgrade this program")
                            .formatted(sql.schema().name(), installed, known()));
        }
        return installed;
    }

    private int installed(Connection connection) throws SQLException {
        String table = sql.text("{schema}.migration");
        try (var statement = connection.prepareStatement("select to_regclass(?) is not null")) {
            statement.setString(1, table);
            try (var row = statement.executeQuery()) {
                row.next();
                if (!row.getBoolean(1)) {
                    return 0;
                }
            }
        }
        try (var statement = connection.createStatement();
                var row =
                        statement.executeQuery("select coalesce(max(version), 0) from " + table)) {
            row.next();
            return row.getInt(1);
        }
    }

    private void apply(Connection connection, int index) throws SQLException {
        try (var statement = connection.createStatement()) {
            if (index == 0) {
                if (!exists(connection)) {
                    statement.execute(sql.text("create schema {schema}"));
                }
                statement.execute(sql.text(RECORD));
            }
            statement.execute(text(FILES.get(index)));
            statement.execute(record(index));
        }
    }

    private boolean exists(Connection connection) throws SQLException {
        try (var statement =
                connection.prepareStatement("select 1 from pg_namespace where nspname = ?")) {
            statement.setString(1, sql.schema().name());
            try (var row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private String preamble() {
        return sql.text("create schema if not exists {schema};\n" + RECORD + ";\n\n");
    }

    private String record(int index) {
        return sql.text(
                "insert into {schema}.migration (version, name) values (%d, '%s')"
                        .formatted(index + 1, FILES.get(index).replace(".sql", "")));
    }

    private String text(String file) {
        return sql.text(resource(file)).replace("{id-lock}", Long.toString(sql.schema().idLock()));
    }

    private static String resource(String file) {
        try (InputStream in = Migrations.class.getResourceAsStream("schema/" + file)) {
            if (in == null) {
                throw new IllegalStateException("migration is not packaged: " + file);
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
