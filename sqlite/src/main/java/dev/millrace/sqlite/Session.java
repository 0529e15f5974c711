package dev.millrace.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * One connection with its prepared statements, which live as long as it does. Not thread-safe. The
 * driver is told that it is not in auto-commit mode and never asked to commit: transactions begin
 * and end by statements of our own, and the driver's own steps around each statement are saved.
 */
final class Session implements AutoCloseable {
    /** Commits are on disk when they return. */
    static final String FLUSHED = "PRAGMA synchronous = FULL";

    /** Commits reach the operating system; the file stays sound whatever is lost. */
    private static final String UNFLUSHED = "PRAGMA synchronous = NORMAL";

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private final Lanes lanes = new Lanes(this);
    private boolean flushing = true;

    /**
     * @param connection fresh, in auto-commit mode, owned from now on
     */
    Session(Connection connection) throws SQLException {
        this.connection = connection;
        connection.setAutoCommit(false);
        end("COMMIT");
    }

    /** The lanes as this connection knows them. */
    Lanes lanes() {
        return lanes;
    }

    /** The statement for this text; the text must be a constant. */
    PreparedStatement prepare(String sql) throws SQLException {
        var known = statements.get(sql);
        if (known == null) {
            known = connection.prepareStatement(sql);
            statements.put(sql, known);
        }
        return known;
    }

    /** Begins, commits or rolls back. */
    void end(String sql) throws SQLException {
        prepare(sql).executeUpdate();
    }

    /** Changes a setting of the connection, outside transactions. */
    void set(String pragma) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(pragma);
        }
    }

    /**
     * Says whether commits are to be flushed to disk, at first they are; outside transactions,
     * where alone the engine allows it. Costs a statement only when it changes.
     */
    void flushing(boolean wanted) throws SQLException {
        if (flushing != wanted) {
            set(wanted ? FLUSHED : UNFLUSHED);
            flushing = wanted;
        }
    }

    /** Runs a change with numbers only. */
    int update(String sql, long... numbers) throws SQLException {
        var statement = prepare(sql);
        bind(statement, numbers);
        return statement.executeUpdate();
    }

    /** Asks with numbers only; the caller closes the answer. */
    ResultSet query(String sql, long... numbers) throws SQLException {
        var statement = prepare(sql);
        bind(statement, numbers);
        return statement.executeQuery();
    }

    /** The first column of the first row, or the other number when there is none or it is null. */
    long number(long otherwise, String sql, long... numbers) throws SQLException {
        try (var rows = query(sql, numbers)) {
            if (!rows.next()) {
                return otherwise;
            }
            long number = rows.getLong(1);
            return rows.wasNull() ? otherwise : number;
        }
    }

    /** The first column of the first row of a setting or the like. */
    String text(String sql) throws SQLException {
        try (var rows = prepare(sql).executeQuery()) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }

    /** After a failed statement: rolls back and forgets what the transaction may have brought. */
    void rollback() throws SQLException {
        lanes.forget();
        prepareAnew();
        end("ROLLBACK");
    }

    /** The driver lets go of a statement that failed, so after a failure all are prepared anew. */
    void prepareAnew() throws SQLException {
        for (var statement : statements.values()) {
            statement.close();
        }
        statements.clear();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private static void bind(PreparedStatement statement, long... numbers) throws SQLException {
        for (int i = 0; i < numbers.length; i++) {
            statement.setLong(i + 1, numbers[i]);
        }
    }
}
