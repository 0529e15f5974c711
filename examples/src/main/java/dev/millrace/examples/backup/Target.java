package dev.millrace.examples.backup;

import dev.millrace.flow.SqlPages;
import dev.millrace.job.RetryNever;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/**
 * The table that a backup is restored into, in an SQLite file or a PostgreSQL database.
 *
 * @param url of the database, for JDBC
 */
record Target(String url) {
    private static final String CREATE =
            "create table if not exists record(id bigint primary key, body text not null)";
    private static final String ANY = "select id from record limit 1";
    private static final String INSERT =
            "insert into record(id, body) values (?, ?) on conflict (id) do nothing";
    private static final String ALL = "select id, body from record";

    private Connection open() throws SQLException {
        return DriverManager.getConnection(url);
    }

    /**
     * Makes the table where there is none.
     *
     * @throws RetryNever when it holds something
     */
    void createEmpty() throws SQLException {
        try (var connection = open();
                var statement = connection.createStatement()) {
            statement.execute(CREATE);
            try (var rows = statement.executeQuery(ANY)) {
                if (rows.next()) {
                    throw new RetryNever(
                            "expected an empty table 'record' to restore into, got one with rows;"
                                    + " nothing was restored",
                            null);
                }
            }
        }
    }

    /** Inserts records in one transaction, leaving alone those that are there. */
    void insert(List<Line> lines) throws SQLException {
        try (var connection = open()) {
            connection.setAutoCommit(false);
            try (var statement = connection.prepareStatement(INSERT)) {
                for (var line : lines) {
                    statement.setLong(1, line.id());
                    statement.setString(2, line.text());
                    statement.addBatch();
                }
                statement.executeBatch();
            }
            connection.commit();
        }
    }

    /** Everything in it, in the order of the numbers. */
    SqlPages<Line> pages() {
        return SqlPages.of(
                        this::open,
                        ALL,
                        List.of("id"),
                        row -> new Line(row.getLong("id"), row.getString("body")))
                .pageSize(2_000);
    }
}
