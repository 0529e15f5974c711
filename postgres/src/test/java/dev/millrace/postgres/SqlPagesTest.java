package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.flow.SqlKey;
import dev.millrace.flow.SqlPages;
import dev.millrace.job.Json;
import dev.millrace.job.RetryNever;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;

/** Rows by the page from PostgreSQL, whose types are many. */
class SqlPagesTest {
    private static final Json JSON = new Json();
    private static final int ROWS = 60;

    private final String url = TestServer.freshUrl();
    private final TimeZone zone = TimeZone.getDefault();

    private Connection open() throws SQLException {
        var connection = StoreUrl.parse(url).source().getConnection();
        connection.setSchema(StoreUrl.parse(url).schema().name());
        return connection;
    }

    private void execute(String sql) throws SQLException {
        try (var connection = open();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The moments lie around the night in which Paris has no half past two, 50 s apart. */
    @BeforeEach
    void table() throws SQLException {
        execute("create schema " + StoreUrl.parse(url).schema().name());
        execute(
                """
                create table mixed as select
                    n, n::smallint as small, n * 1e15::numeric / 7 as numeric_, n / 7::real as real_,
                    n / 7::float8 as double_, 'ä' || lpad(n::text, 3, '0') as text_,
                    md5(n::text)::uuid as uuid_, decode(md5(n::text), 'hex') as bytea_,
                    date '2026-01-01' + n as date_,
                    timestamp '2026-03-29 01:50:00.000001' + n * interval '50 s' as timestamp_,
                    timestamptz '2026-03-29 00:50:00.000001Z' + n * interval '50 s' as timestamptz_
                from generate_series(1, %d) n
                """
                        .formatted(ROWS));
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Paris"));
    }

    @AfterEach
    void drop() throws SQLException {
        TimeZone.setDefault(zone);
        execute("drop schema %s cascade".formatted(StoreUrl.parse(url).schema().name()));
    }

    private List<Integer> walked(SqlPages<Integer> source) throws SQLException {
        var all = new ArrayList<Integer>();
        @Nullable SqlKey next = null;
        do {
            var page = source.page(next);
            all.addAll(page.items());
            next =
                    page.next() == null
                            ? null
                            : JSON.read(
                                    "key", JSON.write("key", page.next(), 10_000), SqlKey.class);
        } while (next != null && all.size() <= ROWS);
        return all;
    }

    private SqlPages<Integer> by(String... key) {
        return SqlPages.of(this::open, "select * from mixed", List.of(key), row -> row.getInt("n"))
                .pageSize(7);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n",
                "small",
                "numeric_",
                "real_",
                "double_",
                "text_",
                "uuid_",
                "bytea_",
                "date_",
                "timestamp_",
                "timestamptz_"
            })
    void everyRowComesOnceByAKeyOfAnyType(String column) throws SQLException {
        var expected = new ArrayList<Integer>();
        try (var connection = open();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select n from mixed order by " + column)) {
            while (rows.next()) {
                expected.add(rows.getInt(1));
            }
        }
        assertThat(walked(by(column))).hasSize(ROWS).isEqualTo(expected);
    }

    @Test
    void aCompositeKeyIsWalkedAndAWrongQueryFailsForGood() throws SQLException {
        execute("update mixed set text_ = 'same', date_ = '2026-01-01' where n % 3 > 0");
        assertThat(walked(by("text_", "date_", "n"))).hasSize(ROWS).doesNotHaveDuplicates();
        assertThatThrownBy(() -> by("nothing").page(null))
                .isInstanceOf(RetryNever.class)
                .hasMessageContainingAll("expected a query that the database accepts", "nothing");
    }
}
