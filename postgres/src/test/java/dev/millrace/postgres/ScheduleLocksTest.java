package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.SchedulePut;
import dev.millrace.store.ScheduleState;
import dev.millrace.store.ScheduleTerms;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Those who change a schedule at once lock its rows in one order. */
class ScheduleLocksTest extends StoreTest {
    private static final String WAITS =
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                    + " and datname = current_database() and query like '%delete from%schedule%'";

    @Test
    void whoRemovesAScheduleWaitsForItsStateFirst() throws Exception {
        var terms = new ScheduleTerms(false, 1, "q", KIND.kind(), "{}");
        var put = new SchedulePut("nightly", terms, ScheduleState.first(NOW), NOW);
        assertThat(store.schedules().put(List.of(put))).containsExactly(true);
        try (var other = StoreUrl.parse(url).source().getConnection()) {
            other.setAutoCommit(false);
            run(other, "select from {schema}.schedule_state for update");
            var removed = CompletableFuture.supplyAsync(() -> store.schedules().remove("nightly"));
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> removesThatWait() == 1);
            // what a change of the schedule goes on to; that it waits would be a deadlock
            run(other, "select from {schema}.schedule for update nowait");
            run(other, "update {schema}.schedule_state set revision = revision + 1");
            run(other, "update {schema}.schedule set changed_at = changed_at + 1");
            other.commit();
            assertThat(removed.get(1, TimeUnit.MINUTES)).isTrue();
        }
        assertThat(store.schedules().find("nightly")).isEmpty();
    }

    private void run(Connection connection, String text) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(StoreUrl.parse(url).schema().in(text));
        }
    }

    private long removesThatWait() throws SQLException {
        try (var connection = StoreUrl.parse(url).source().getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery(WAITS)) {
            row.next();
            return row.getLong(1);
        }
    }
}
