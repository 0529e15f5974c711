package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.JobState;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** Jobs from any language: the function, as a role that may do nothing else. */
class SqlEnqueueTest extends StoreTest {
    private String role;

    @BeforeEach
    void makeRole() throws Exception {
        role = "producer_" + StoreUrl.parse(url).schema().name();
        execute(
                """
                create role %1$s login password 'p';
                grant usage on schema {schema} to %1$s;
                grant execute on function
                    {schema}.millrace_enqueue(text, jsonb, text, int, interval, timestamptz,
                        interval, text, int, text[], int),
                    {schema}.millrace_enqueue(text, text, text, int, interval, timestamptz,
                        interval, text, int, text[], int)
                to %1$s
                """
                        .formatted(role));
    }

    @AfterEach
    void dropRole() throws Exception {
        execute("drop owned by %1$s; drop role %1$s".formatted(role));
    }

    private Connection producer() throws SQLException {
        var source = StoreUrl.parse(url).source();
        source.setUser(role);
        source.setPassword("p");
        return source.getConnection();
    }

    private long call(Connection connection, String arguments) throws SQLException {
        String text = "select {schema}.millrace_enqueue(" + arguments + ")";
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(StoreUrl.parse(url).schema().in(text))) {
            row.next();
            return row.getLong(1);
        }
    }

    private void assertRefused(String text, String arguments) {
        assertThatThrownBy(
                        () -> {
                            try (var connection = producer()) {
                                call(connection, arguments);
                            }
                        })
                .hasMessageContaining(text);
    }

    @Test
    void aJobExistsWhenTheProducersTransactionCommitsAndWorkersRunIt() throws Exception {
        long worker = worker();
        long id;
        try (var connection = producer()) {
            connection.setAutoCommit(false);
            long undone = call(connection, "'test.kind', '{\"n\": 0}', 'q'");
            connection.rollback();
            id = call(connection, "'test.kind', '{\"n\": 1}', 'q', 7, tags => array['a', 'b']");
            assertThat(id).isNotEqualTo(undone);
            assertThat(claim(worker, 10, true)).isEmpty();
            connection.commit();
        }
        var taken = claim(worker, 10, true);
        assertThat(taken).hasSize(1);
        var job = taken.getFirst();
        assertThat(job.id()).isEqualTo(id);
        assertThat(job.payload()).isEqualTo("{\"n\": 1}");
        assertThat(job.priority()).isEqualTo(7);
        assertThat(job.tags()).isEqualTo(List.of("a", "b"));
        assertThat(job.maxAttempts()).isEqualTo(10);
        store.complete(List.of(done(job, worker)));
        assertThat(state(id)).isInstanceOf(JobState.Completed.class);
    }

    @Test
    void everyArgumentIsHeeded() throws Exception {
        try (var connection = producer()) {
            long later =
                    call(
                            connection,
                            "kind => 'k', payload => '[1]'::jsonb, delay => '2 days',"
                                    + " ttl => '3 days', unique_key => 'u', max_attempts => 2,"
                                    + " version => 5");
            var job = store.find(later).orElseThrow();
            assertThat(job.queue()).isEqualTo("default");
            assertThat(job.version()).isEqualTo(5);
            assertThat(job.maxAttempts()).isEqualTo(2);
            assertThat(job.priority()).isEqualTo(4);
            assertThat(job.terms().unique()).isEqualTo("u");
            Instant expires = job.terms().expiresAt();
            assertThat(expires).isEqualTo(job.createdAt().plusSeconds(3 * 86_400));
            assertThat(job.state())
                    .isEqualTo(
                            new JobState.Scheduled(job.createdAt().plusSeconds(2 * 86_400), false));
            assertThat(pulse(worker(), true).nextSettle()).isEqualTo(expires);
            assertThat(call(connection, "'k', '{}', unique_key => 'u'")).isEqualTo(later);
            assertThat(store.cancel(List.of(later), "no", NOW)).hasSize(1);
            assertThat(call(connection, "'k', '{}', unique_key => 'u'")).isNotEqualTo(later);
            long at = call(connection, "'k', '{}', run_at => '2099-01-01 00:00:00Z'");
            assertThat(state(at))
                    .isEqualTo(
                            new JobState.Scheduled(Instant.parse("2099-01-01T00:00:00Z"), false));
        }
    }

    @Test
    void whatJavaRefusesIsRefusedInTheSameWords() {
        assertRefused("kind must have 1 to 200 characters, got 0; nothing", "'', '{}'");
        assertRefused(
                "queue must consist of letters, digits and . _ : / -, got U+0020 at position 1"
                        + " ('a b'); nothing was accepted",
                "'k', '{}', 'a b'");
        assertRefused("unique key must have 1 to 200", "'k', '{}', unique_key => repeat('x', 201)");
        assertRefused("tag must consist of", "'k', '{}', tags => array['a,b']");
        assertRefused(
                "at most 20 tags, got 21", "'k', '{}', tags => array_fill('t'::text, array[21])");
        assertRefused("priority must be 0 (lowest) to 9", "'k', '{}', priority => 10");
        assertRefused("attempts must be 1 to 1000, got 0", "'k', '{}', max_attempts => 0");
        assertRefused("version must be 1 to 32767, got 0", "'k', '{}', version => 0");
        assertRefused("delay must be 0s to 365 days", "'k', '{}', delay => '400 days'");
        assertRefused("delay must be 0s to 365 days", "'k', '{}', delay => '-1 s'");
        assertRefused("ttl must be longer than 0s", "'k', '{}', ttl => '0'");
        assertRefused("run-at must lie between", "'k', '{}', run_at => 'infinity'");
        assertRefused("not both", "'k', '{}', delay => '1 s', run_at => now()");
        assertRefused("payload of kind 'k' must be one JSON document", "'k', '{'");
        assertRefused("got null", "'k', null::text");
        assertRefused("got null", "null, '{}'");
        assertRefused(
                "payload of kind 'k' must be at most 1048576 bytes of JSON, got 1048578",
                "'k', '\"' || repeat('x', 1048576) || '\"'");
        assertThat(store.queues()).isEmpty();
    }

    @Test
    void aProducerCanDoNothingElse() throws Exception {
        long id;
        try (var connection = producer()) {
            id = call(connection, "'k', '{}'");
            for (String table :
                    List.of("job", "available", "history", "lane", "key_hold", "worker")) {
                for (String text :
                        List.of(
                                "select from {schema}." + table,
                                "delete from {schema}." + table,
                                "insert into {schema}." + table + " default values")) {
                    assertThatThrownBy(() -> run(connection, text))
                            .hasMessageContaining("permission denied");
                }
            }
            assertThatThrownBy(() -> run(connection, "select {schema}.fresh_job_id()"))
                    .hasMessageContaining("permission denied");
            assertThatThrownBy(() -> run(connection, "select nextval('{schema}.job_id_block')"))
                    .hasMessageContaining("permission denied");
        }
        assertThat(state(id)).isInstanceOf(JobState.Available.class);
    }

    private void run(Connection connection, String text) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(StoreUrl.parse(url).schema().in(text));
        }
    }

    @Test
    void anOpenProducerHoldsUpNobodysIds() throws Exception {
        try (var connection = producer()) {
            call(connection, "'k', '{}'");
            connection.setAutoCommit(false);
            long id = call(connection, "'k', '{}'");
            assertThat(store.reserveIds(5_000).first()).isGreaterThan(id);
            store.enqueue(jobs(300, KIND, 4), false);
            connection.rollback();
        }
    }
}
