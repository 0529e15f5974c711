package dev.millrace.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryNever;
import dev.millrace.job.Walk;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Rows by the page, of a real database. */
class SqlPagesTest {
    private static final String LINES = "select customer, line, note from line";

    @TempDir Path place;
    private int opened;

    private Connection open() throws SQLException {
        opened++;
        return DriverManager.getConnection("jdbc:sqlite:" + place.resolve("rows.db"));
    }

    private void execute(String... statements) throws SQLException {
        try (var connection = open();
                var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.executeUpdate(sql);
            }
        }
    }

    @BeforeEach
    void table() throws SQLException {
        execute(
                "create table line(customer text not null, line integer, note text,"
                        + " unique (customer, line))");
    }

    private void insert(String customer, long line) throws SQLException {
        try (var connection = open();
                var statement =
                        connection.prepareStatement(
                                "insert into line(customer, line, note) values (?, ?, ?)")) {
            statement.setString(1, customer);
            statement.setLong(2, line);
            statement.setString(3, customer + line);
            statement.executeUpdate();
        }
    }

    private SqlPages<String> lines() {
        return SqlPages.of(
                this::open, LINES, List.of("customer", "line"), row -> row.getString("note"));
    }

    @Test
    void everyRowComesOnceInTheOrderOfACompositeKey() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var expected = new ArrayList<String>();
        for (String customer : List.of("a", "b", "b'; drop table line; --", "ç", "ü?")) {
            long line = Long.MAX_VALUE - 1_000_000;
            for (int i = 0; i < 40; i++) {
                line += 1 + random.nextInt(9);
                insert(customer, line);
                expected.add(customer + line);
            }
        }
        int pageSize = 1 + random.nextInt(50);
        assertThat(Walked.items(lines().pageSize(pageSize), SqlKey.class))
                .as("seed %d, pages of %d", seed, pageSize)
                .isEqualTo(expected);
    }

    @Test
    void aFullLastPageIsTheLastAndAnEmptyTableIsOneEmptyPage() throws Exception {
        assertThat(Walked.pages(lines(), SqlKey.class))
                .containsExactly(new Walk.Page<>(List.of(), null));
        for (int i = 0; i < 6; i++) {
            insert("a", i);
        }
        int before = opened;
        var pages = Walked.pages(lines().pageSize(3), SqlKey.class);
        assertThat(pages).extracting(page -> page.items().size()).containsExactly(3, 3);
        assertThat(opened - before).as("a connection a page").isEqualTo(2);
    }

    @Test
    void rowsThatComeAndGoMeanwhileChangeNothingBeforeTheCursor() throws Exception {
        for (int i = 0; i < 10; i += 2) {
            insert("a", i);
        }
        var first = lines().pageSize(2).page(null);
        assertThat(first.items()).containsExactly("a0", "a2");
        insert("a", 1);
        insert("a", 3);
        execute("delete from line where line = 2", "delete from line where line = 6");
        var rest = lines().page(Walked.stored(first.next(), SqlKey.class));
        assertThat(rest.items()).containsExactly("a3", "a4", "a8");
    }

    @Test
    void parametersAreBoundAndThePlanSearchesTheKeysIndex() throws Exception {
        for (int i = 0; i < 10; i++) {
            insert("a", i);
            insert("it's", i);
        }
        var some =
                SqlPages.of(
                                this::open,
                                LINES + " where customer = ? and line >= ? -- not all",
                                List.of("line"),
                                row -> row.getLong("line"))
                        .parameters("it's", 4)
                        .pageSize(4);
        assertThat(Walked.items(some, SqlKey.class)).containsExactly(4L, 5L, 6L, 7L, 8L, 9L);
        try (var connection = open();
                var plan =
                        connection
                                .createStatement()
                                .executeQuery(
                                        "explain query plan select * from ("
                                                + LINES
                                                + ") p where customer >= 'a' and ((customer > 'a')"
                                                + " or (customer = 'a' and line > 3))"
                                                + " order by customer, line limit 3")) {
            assertThat(plan.next()).isTrue();
            assertThat(plan.getString("detail"))
                    .startsWith("SEARCH line USING INDEX")
                    .contains("customer>?");
        }
    }

    @Test
    void aKeyThatIsNotUniqueOrNullFailsForGoodBeforeARowIsLeftOut() throws Exception {
        for (int i = 0; i < 3; i++) {
            insert("a", i);
        }
        var byCustomer =
                SqlPages.of(this::open, LINES, List.of("customer"), row -> row.getString(1));
        assertThatThrownBy(() -> byCustomer.pageSize(1).page(null))
                .isInstanceOf(RetryNever.class)
                .hasMessageContainingAll("[customer]", "two rows", "text=a", "add a column");
        execute("insert into line(customer, line) values ('a', null)");
        assertThatThrownBy(() -> lines().page(null))
                .isInstanceOf(RetryNever.class)
                .hasMessageContainingAll("no null in column 'line'");
    }

    @Test
    void everyTypeOfKeyComesBackAsItWas() throws Exception {
        execute(
                "create table mixed(r real, t text, b blob)",
                "insert into mixed values (0.1, 'x', x'00ff')",
                "insert into mixed values (0.30000000000000004, 'a', x'80')",
                "insert into mixed values (1e300, 'b', x'00')");
        for (String key : List.of("r", "t", "b")) {
            var source =
                    SqlPages.of(
                            this::open,
                            "select * from mixed",
                            List.of(key),
                            row -> row.getString(2));
            assertThat(Walked.items(source.pageSize(1), SqlKey.class))
                    .as(key)
                    .containsExactlyInAnyOrder("a", "b", "x");
        }
        var exact = new SqlKey.Part(SqlKey.Type.DECIMAL, new BigDecimal("1.10").toString());
        assertThat(Walked.stored(new SqlKey(List.of(exact)), SqlKey.class).parts())
                .containsExactly(exact);
    }

    @Test
    void whatIsAskedWronglyIsRefusedAtOnce() {
        assertThatThrownBy(() -> lines().pageSize(0))
                .isInstanceOf(MillraceException.class)
                .hasMessage("a page must have 1 to 100000 rows, got 0");
        assertThatThrownBy(() -> SqlPages.of(this::open, LINES, List.of("a desc"), row -> row))
                .hasMessageContaining("plain name, got 'a desc'");
        assertThatThrownBy(() -> SqlPages.of(this::open, LINES, List.of(), row -> row))
                .hasMessageContaining("1 to 16 columns, got 0");
        var other = new SqlKey(List.of(new SqlKey.Part(SqlKey.Type.INTEGER, "1")));
        assertThatThrownBy(() -> lines().page(other))
                .isInstanceOf(RetryNever.class)
                .hasMessageContaining("the key was changed");
        var wrong = SqlPages.of(this::open, "select nothing", List.of("x"), row -> row);
        assertThatThrownBy(() -> wrong.page(null)).isInstanceOf(SQLException.class);
    }

    @Test
    void aLongTableIsWalkedToItsEnd() throws Exception {
        try (var connection = open()) {
            connection.setAutoCommit(false);
            try (var statement =
                    connection.prepareStatement(
                            "insert into line(customer, line) values ('', ?)")) {
                for (int i : IntStream.range(0, 20_000).toArray()) {
                    statement.setInt(1, i);
                    statement.addBatch();
                }
                statement.executeBatch();
            }
            connection.commit();
        }
        var all = SqlPages.of(this::open, LINES, List.of("line"), row -> row.getLong("line"));
        assertThat(Walked.items(all.pageSize(999), SqlKey.class))
                .isEqualTo(LongStream.range(0, 20_000).boxed().toList());
    }
}
