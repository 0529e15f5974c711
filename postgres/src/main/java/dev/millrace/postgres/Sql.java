package dev.millrace.postgres;

import dev.millrace.job.MillraceException;

import org.postgresql.PGStatement;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

import javax.sql.DataSource;

/** How statements reach the database: connections, schema names, times, failures. */
final class Sql {
    /** Places of a statement's rows within one step of the position sequence. */
    static final int POSITION_SHIFT = 16;

    private static final int TRIES = 4;
    private static final Pattern ARRAY = Pattern.compile("\\?::\\w+\\[]");

    private final DataSource source;
    private final SchemaName schema;
    private volatile boolean closed;

    Sql(DataSource source, SchemaName schema) {
        this.source = source;
        this.schema = schema;
    }

    /** Work on one connection. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    DataSource source() {
        return source;
    }

    SchemaName schema() {
        return schema;
    }

    /** The statement with its schema in place. */
    String text(String template) {
        return schema.in(template);
    }

    /**
     * The same statement part with the lengths of its arrays out of the planner's sight. Where it
     * sees that they are short, a plan made for them seems cheaper than the one for any length, and
     * it plans at every call: 0.5 ms in place of 0.1 for a completion of one job.
     */
    static String anyLength(String part) {
        return ARRAY.matcher(part).replaceAll("(select $0)");
    }

    /** From now on every use is refused. */
    void close() {
        closed = true;
    }

    /**
     * Runs single statements, each its own transaction.
     *
     * @param what for the refusal: "claim from queue 'mail'"
     */
    <T> T run(String what, Work<T> work) {
        return tried(
                what,
                () -> {
                    try (Connection connection = source.getConnection()) {
                        return autoCommit(connection, work);
                    }
                });
    }

    /** One try of something that may get in another transaction's way. */
    interface Try<T> {
        T once() throws SQLException;
    }

    /** Tries a few times while others are in the way; turns failures into the caller's. */
    <T> T tried(String what, Try<T> work) {
        if (closed) {
            throw new MillraceException(
                    MillraceException.Code.CLOSED, what + ": the store was closed before");
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return work.once();
            } catch (SQLException e) {
                if (attempt == TRIES || !Failures.isCollision(e)) {
                    throw Failures.of(what, e);
                }
            }
        }
    }

    /** Runs statements in one transaction. */
    <T> T transaction(String what, Work<T> work) {
        return run(
                what,
                connection -> {
                    connection.setAutoCommit(false);
                    try {
                        T answer = work.on(connection);
                        connection.commit();
                        return answer;
                    } catch (Throwable e) {
                        // Errors too: turning auto-commit on again would commit.
                        try {
                            connection.rollback();
                        } catch (SQLException second) {
                            e.addSuppressed(second);
                        }
                        throw e;
                    } finally {
                        if (!connection.isClosed()) {
                            connection.setAutoCommit(true);
                        }
                    }
                });
    }

    private static <T> T autoCommit(Connection connection, Work<T> work) throws SQLException {
        if (connection.getAutoCommit()) {
            return work.on(connection);
        }
        connection.setAutoCommit(true);
        try {
            return work.on(connection);
        } finally {
            if (!connection.isClosed()) {
                connection.setAutoCommit(false);
            }
        }
    }

    /**
     * A statement that the server keeps parsed from its first use on, unless the connection is set
     * never to keep any, as some poolers need.
     */
    static PreparedStatement prepare(Connection connection, String text) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(text);
        try {
            PGStatement driver = statement.unwrap(PGStatement.class);
            if (driver.getPrepareThreshold() != 0) {
                driver.setPrepareThreshold(1);
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    /** Microseconds since 1970, how moments travel to the server. */
    static long micros(Instant moment) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, moment);
    }

    /** The moment that many microseconds after 1970. */
    static Instant instant(long micros) {
        return Instant.EPOCH.plus(Duration.of(micros, ChronoUnit.MICROS));
    }

    /** A column that holds a moment, never null. */
    static Instant instant(java.sql.ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
