package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.job.JobTerms;
import dev.millrace.job.KindVersion;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobFilter;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A store made by the first release, with jobs wherever a job can stand, goes on as a newer one.
 */
class MigrationTest {
    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MICROS);
    private static final String JOBS =
            """
            create table {schema}.migration (version int primary key, name text not null,
                applied_at timestamptz not null default now());
            insert into {schema}.migration (version, name) values (1, '0001-jobs');
            insert into {schema}.lane (queue, kind, version) values ('q', 'k', 1);
            select setval('{schema}.job_id_block', 1), setval('{schema}.position', 1);
            insert into {schema}.worker (name, version, queues, beat, running, locked, dead,
                started_at, last_beat_at) values ('w', '1', 'q=1', 0, 1, false, false, now(), now());
            insert into {schema}.job
                (id, pos, created_at, lane, priority, max_attempts, payload, retry, tags)
            select id, case id when 1 then 1 else 0 end, now(), 1, 4, 3, '{}', '', 'a'
            from generate_series(1, 5) as id;
            insert into {schema}.available values (1, 1, 1, 4, 1, 0, false);
            insert into {schema}.scheduled values (now() + interval '1 h', 2, 1, 4, 1, 0, false);
            insert into {schema}.running values (3, 77, now(), 1, 1, 0);
            insert into {schema}.discarded values (4, now(), 1, 3);
            insert into {schema}.history values (4, 70, now(), now(), 1, 3, 4, null),
                (5, 71, now(), now(), 1, 1, 1, null);
            """;

    @Test
    void aStoreOfTheFirstReleaseGoesOn() throws Exception {
        String url = TestServer.freshUrl();
        StoreUrl parsed = StoreUrl.parse(url);
        try (var connection = parsed.source().getConnection();
                var statement = connection.createStatement();
                var first = Migrations.class.getResourceAsStream("schema/0001-jobs.sql")) {
            statement.execute(parsed.schema().in("create schema {schema}"));
            statement.execute(
                    parsed.schema().in(new String(first.readAllBytes(), StandardCharsets.UTF_8)));
            statement.execute(parsed.schema().in(JOBS));
        }
        var schema = PostgresStore.schema(url);
        assertThat(schema.installed()).isEqualTo(1);
        assertThat(schema.pending()).hasSize(schema.known() - 1);
        try (var store = PostgresStore.at(url)) {
            assertThat(schema.installed()).isEqualTo(schema.known());
            assertThat(store.list(JobFilter.all(), 10, null).items())
                    .hasSize(5)
                    .allMatch(job -> job.terms().equals(JobTerms.NONE));
            long worker = 1;
            assertThat(store.giveBack(worker, List.of(new JobClaim(3, 77)))).isEqualTo(1);
            assertThat(store.promote(NOW.plusSeconds(7200), 10).promoted()).isEqualTo(1);
            assertThat(store.retry(List.of(4L), NOW))
                    .isEqualTo(Map.of(4L, JobState.Name.DISCARDED));
            assertThat(store.find(5).orElseThrow().state()).isInstanceOf(JobState.Completed.class);
            var taken =
                    store.claim(
                            new ClaimRequest(
                                    worker,
                                    78,
                                    "q",
                                    Set.of(new KindVersion("k", 1)),
                                    10,
                                    true,
                                    NOW));
            assertThat(taken).hasSize(4).allMatch(job -> job.terms().isNone());
        }
    }
}
