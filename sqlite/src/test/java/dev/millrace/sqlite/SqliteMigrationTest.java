package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.JobTerms;
import dev.millrace.job.KindVersion;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobFilter;
import dev.millrace.store.QueueControl;
import dev.millrace.store.Recorded;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A file of the first schema, with a live job in every position, goes on under this one. */
class SqliteMigrationTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final long MICROS = Moments.micros(NOW);
    private static final int AVAILABLE = 1;
    private static final int SCHEDULED = 2;
    private static final int RUNNING = 3;
    private static final int DISCARDED = 4;
    private static final int COMPLETED = 5;

    @TempDir private Path directory;

    private Path file() {
        return directory.resolve("jobs.db");
    }

    @BeforeEach
    void aFileOfTheFirstSchema() throws SQLException, IOException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA auto_vacuum = INCREMENTAL");
            statement.execute("PRAGMA journal_mode = WAL");
            for (var sql : first().split(";\\s*\\n", -1)) {
                if (!sql.isBlank()) {
                    statement.execute(sql);
                }
            }
            statement.execute("PRAGMA user_version = 1");
            statement.execute("PRAGMA application_id = 0x4d696c6c");
            statement.execute("INSERT INTO lane VALUES (1, 'q', 'work', 1)");
            statement.execute(
                    "INSERT INTO worker VALUES (1, 'w', '1', '{\"q\":1}', %d, 0, %d, 1, 0, 0)"
                            .formatted(MICROS, MICROS));
            for (int job = AVAILABLE; job <= COMPLETED; job++) {
                statement.execute(
                        "INSERT INTO job VALUES (%d, 1, 5, 10, %s, %d, '{}', NULL, NULL)"
                                .formatted(job, job == SCHEDULED ? "NULL" : job, MICROS));
            }
            statement.execute("UPDATE counter SET value = 5 WHERE name IN ('job', 'position')");
            statement.execute("UPDATE counter SET value = 1 WHERE name IN ('history', 'worker')");
            statement.execute("INSERT INTO available VALUES (1, 5, 1, 1, 1, 0, 0)");
            statement.execute(
                    "INSERT INTO scheduled VALUES (%d, 2, 1, 5, 1, 0, 0)".formatted(MICROS));
            statement.execute(
                    "INSERT INTO running VALUES (1, 3, 77, 1, 5, 1, 0, %d)".formatted(MICROS));
            statement.execute("INSERT INTO discarded VALUES (4, 1, 5, 1, %d)".formatted(MICROS));
            statement.execute(
                    "INSERT INTO history VALUES (5, 1, 76, 1, 1, 1, %d, %d, NULL, '42')"
                            .formatted(MICROS, MICROS));
        }
    }

    private static String first() throws IOException {
        try (var in = SqliteStore.class.getResourceAsStream("schema/0001-jobs.sql")) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private static Ending completed(long worker, long job, long claim) {
        return new Ending(
                job,
                claim,
                worker,
                1,
                NOW,
                NOW,
                Attempt.End.COMPLETED,
                null,
                null,
                new Ending.Next.Finished(),
                false);
    }

    @Test
    void everyJobGoesOnFromItsPosition() {
        try (var store = SqliteStore.at(file())) {
            assertThat(store.info().schemaVersion()).isEqualTo(SqliteStore.schema(file()).known());
            assertThat(store.list(JobFilter.all(), 10, null).items())
                    .hasSize(5)
                    .extracting(JobSnapshot::terms)
                    .containsOnly(JobTerms.NONE);
            assertThat(store.find(COMPLETED).orElseThrow().state())
                    .isEqualTo(new JobState.Completed(NOW, false, "42"));
            assertThat(store.complete(List.of(completed(1, RUNNING, 77))))
                    .containsExactly(Recorded.RECORDED);
            assertThat(store.promote(NOW, 10).promoted()).isEqualTo(1);
            assertThat(store.retry(List.of((long) DISCARDED), NOW))
                    .isEqualTo(Map.of((long) DISCARDED, JobState.Name.DISCARDED));
            var kinds = Set.of(new KindVersion("work", 1));
            var claimed = store.claim(new ClaimRequest(1, 78, "q", kinds, 10, true, NOW));
            assertThat(claimed)
                    .extracting(ClaimedJob::id)
                    .containsExactly((long) AVAILABLE, (long) SCHEDULED, (long) DISCARDED);
            for (var job : claimed) {
                assertThat(store.complete(List.of(completed(1, job.id(), 78))))
                        .containsExactly(Recorded.RECORDED);
            }
        }
    }

    @Test
    void whatIsNewWorksOnOldJobs() {
        try (var store = SqliteStore.at(file())) {
            store.control("q", new QueueControl(false, 1));
            var kinds = Set.of(new KindVersion("work", 1));
            assertThat(store.claim(new ClaimRequest(1, 78, "q", kinds, 10, true, NOW))).hasSize(1);
            var found = store.cancel(List.of(1L, 2L, 3L, 4L, 5L), "why", NOW);
            assertThat(found)
                    .isEqualTo(
                            Map.of(
                                    1L, JobState.Name.RUNNING,
                                    2L, JobState.Name.SCHEDULED,
                                    3L, JobState.Name.RUNNING,
                                    4L, JobState.Name.DISCARDED,
                                    5L, JobState.Name.COMPLETED));
            assertThat(store.find(2).orElseThrow().state()).isEqualTo(new JobState.Cancelled(NOW));
            assertThat(store.delete(List.of(4L, 5L))).hasSize(2);
            assertThat(store.find(4)).isEmpty();
            assertThat(store.enqueueKeyed(OtherProcess.unique(store, "k", 1), false))
                    .containsExactly(new Accepted(6, How.NEW));
        }
    }
}
