package dev.millrace.flow;

import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryNever;
import dev.millrace.job.Walk;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The rows of a query, a page at a time in the order of a key, from any JDBC database ("keyset
 * pagination"): each page asks for the rows whose key is greater than the last one seen, never for
 * an offset. Immutable, safe for many jobs at once when its connections are.
 *
 * <p>Defaults: 1,000 rows a page, a minute for each query, no parameters, the row limit in the
 * dialect that the driver names.
 *
 * <p>Cost: one connection and one query a page; with an index that begins with the key's columns it
 * is proportional to the page, not to the table. A page and one row more are held in memory.
 *
 * <p>Rows inserted or changed meanwhile are seen when their key is greater than the last one given.
 * Together the key's columns must be unique and never null: where two neighbouring rows have the
 * same key, or one has none, the walk fails for good before a row is left out.
 *
 * @param <I> what a row becomes
 */
public final class SqlPages<I> implements Walk.Source<SqlKey, I> {
    /** The most rows a page. */
    public static final int MAX_PAGE = 100_000;

    private static final Pattern COLUMN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Duration MAX_TIMEOUT = Duration.ofDays(1);

    private final Connections connections;
    private final Row<I> row;
    private final Ask ask;

    private record Ask(
            String query,
            List<String> key,
            List<@Nullable Object> parameters,
            int pageSize,
            Duration timeout,
            @Nullable String limit) {
        Ask {
            parameters = Collections.unmodifiableList(new ArrayList<>(parameters));
        }
    }

    /** Where connections come from, such as {@code dataSource::getConnection}. */
    @FunctionalInterface
    public interface Connections {
        /** Opens one; it is closed after the page. */
        Connection open() throws SQLException;
    }

    /** Makes an item of a row. */
    @FunctionalInterface
    public interface Row<I> {
        /**
         * Reads the row that the result stands at; must not move it.
         *
         * @throws SQLException tried again by the walk's policy
         */
        I read(ResultSet row) throws SQLException;
    }

    private SqlPages(Connections connections, Row<I> row, Ask ask) {
        this.connections = connections;
        this.row = row;
        this.ask = ask;
    }

    /**
     * Pages of a query with every default.
     *
     * @param query a select without {@code order by} and limit; it becomes the inner query of one
     *     that has them
     * @param key the columns of its result that order it, 1 to 16 plain names
     * @throws MillraceException with {@code invalid-input} when the key is none
     */
    public static <I> SqlPages<I> of(
            Connections connections, String query, List<String> key, Row<I> row) {
        if (key.isEmpty() || key.size() > 16) {
            throw MillraceException.invalid(
                    "a key must have 1 to 16 columns, got %d".formatted(key.size()));
        }
        for (String column : key) {
            if (!COLUMN.matcher(column).matches()) {
                throw MillraceException.invalid(
                        ("a column of the key must be a plain name, got '%s'; give it one in the"
                                        + " query")
                                .formatted(column));
            }
        }
        return new SqlPages<>(
                connections,
                row,
                new Ask(query, List.copyOf(key), List.of(), 1_000, Duration.ofMinutes(1), null));
    }

    /** The same, with values for the question marks of the query, bound by {@code setObject}. */
    public SqlPages<I> parameters(@Nullable Object... values) {
        return with(
                new Ask(
                        ask.query,
                        ask.key,
                        Arrays.asList(values),
                        ask.pageSize,
                        ask.timeout,
                        ask.limit));
    }

    /** The same, with so many rows a page: 1 to {@value #MAX_PAGE}. */
    public SqlPages<I> pageSize(int rows) {
        if (rows < 1 || rows > MAX_PAGE) {
            throw MillraceException.invalid(
                    "a page must have 1 to %d rows, got %d".formatted(MAX_PAGE, rows));
        }
        return with(new Ask(ask.query, ask.key, ask.parameters, rows, ask.timeout, ask.limit));
    }

    /** The same, giving each query so long, 1 s to 1 day, where the driver keeps to it. */
    public SqlPages<I> timeout(Duration longest) {
        if (longest.compareTo(Duration.ofSeconds(1)) < 0 || longest.compareTo(MAX_TIMEOUT) > 0) {
            throw MillraceException.invalid(
                    "a query's timeout must be 1s to %s, got %s".formatted(MAX_TIMEOUT, longest));
        }
        return with(new Ask(ask.query, ask.key, ask.parameters, ask.pageSize, longest, ask.limit));
    }

    /**
     * The same, limiting rows by this clause at the end of the query.
     *
     * @param clause with {@code %d} for the number, such as {@code limit %d}
     */
    public SqlPages<I> limit(String clause) {
        return with(new Ask(ask.query, ask.key, ask.parameters, ask.pageSize, ask.timeout, clause));
    }

    private SqlPages<I> with(Ask other) {
        return new SqlPages<>(connections, row, other);
    }

    /** A walk over all of it, with every default. */
    public Walk<SqlKey, I> walk(String name) {
        return Walk.named(name, SqlKey.class, this);
    }

    /**
     * The rows after a key.
     *
     * @throws SQLException what the database said; tried again by the walk's policy
     * @throws RetryNever when the key is not unique or null, or the database calls the query wrong
     */
    @Override
    public Walk.Page<SqlKey, I> page(@Nullable SqlKey after) throws SQLException {
        if (after != null && after.parts().size() != ask.key.size()) {
            throw new RetryNever(
                    "expected a cursor with a value for each of %s, got %s; the key was changed"
                            .formatted(ask.key, after),
                    null);
        }
        try (var connection = connections.open()) {
            String sql = sql(connection.getMetaData().getDatabaseProductName(), after != null);
            try (var statement = connection.prepareStatement(sql)) {
                statement.setQueryTimeout((int) ask.timeout.toSeconds());
                statement.setMaxRows(ask.pageSize + 1);
                bind(statement, after);
                try (var rows = statement.executeQuery()) {
                    return read(rows, after);
                }
            }
        } catch (SQLException e) {
            if (e.getSQLState() != null && e.getSQLState().startsWith("42")) {
                throw new RetryNever("expected a query that the database accepts, got: " + e, e);
            }
            throw e;
        }
    }

    private Walk.Page<SqlKey, I> read(ResultSet rows, @Nullable SqlKey after) throws SQLException {
        var items = new ArrayList<I>();
        SqlKey last = after;
        while (rows.next()) {
            SqlKey key = SqlKey.of(rows, ask.key);
            if (key.equals(last)) {
                throw new RetryNever(
                        ("expected %s to be different in every row, got two rows with %s; add a"
                                        + " column to the key")
                                .formatted(ask.key, key.parts()),
                        null);
            }
            if (items.size() == ask.pageSize) {
                return new Walk.Page<>(items, last);
            }
            items.add(row.read(rows));
            last = key;
        }
        return new Walk.Page<>(items, null);
    }

    private String sql(String product, boolean resumed) {
        return "select * from (%n%s%n) millrace_page%s order by %s %s"
                .formatted(
                        ask.query,
                        resumed ? " where " + beyond() : "",
                        String.join(", ", ask.key),
                        (ask.limit == null ? limitOf(product) : ask.limit)
                                .formatted(ask.pageSize + 1));
    }

    /** The first comparison alone is what every planner can search an index by. */
    private String beyond() {
        var either = new ArrayList<String>();
        for (int i = 0; i < ask.key.size(); i++) {
            var all = new ArrayList<String>();
            for (int j = 0; j < i; j++) {
                all.add(ask.key.get(j) + " = ?");
            }
            all.add(ask.key.get(i) + " > ?");
            either.add("(" + String.join(" and ", all) + ")");
        }
        return "%s >= ? and (%s)".formatted(ask.key.getFirst(), String.join(" or ", either));
    }

    private void bind(PreparedStatement statement, @Nullable SqlKey after) throws SQLException {
        int index = 1;
        for (Object parameter : ask.parameters) {
            statement.setObject(index++, parameter);
        }
        if (after == null) {
            return;
        }
        SqlKey.bind(statement, index++, after.parts().getFirst());
        for (int i = 0; i < ask.key.size(); i++) {
            for (int j = 0; j <= i; j++) {
                SqlKey.bind(statement, index++, after.parts().get(j));
            }
        }
    }

    private static String limitOf(String product) {
        String name = product.toLowerCase(Locale.ROOT);
        if (name.contains("sqlite") || name.contains("mysql") || name.contains("mariadb")) {
            return "limit %d";
        }
        return name.contains("sql server")
                ? "offset 0 rows fetch next %d rows only"
                : "fetch first %d rows only";
    }
}
