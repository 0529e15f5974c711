package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobFilter;
import dev.millrace.store.NewJob;
import dev.millrace.store.WorkerInfo;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rows that were damaged while no store was open: they must not stand in their neighbours' way. */
class SqliteDamageTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir private Path directory;

    private Path file() {
        return directory.resolve("jobs.db");
    }

    @BeforeEach
    void threeJobs() {
        try (var store = SqliteStore.at(file())) {
            var jobs = List.of(job(1), job(2), job(3));
            store.enqueue(jobs, false);
        }
    }

    private static NewJob job(long id) {
        var retry = RetryPolicy.standard();
        return new NewJob(id, "q", "work", 1, 4, "{}", 10, retry, List.of("t"), NOW, null);
    }

    private void damage(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        }
    }

    private static long register(SqliteStore store) {
        return store.register(new WorkerInfo("w", "1", Map.of(), NOW));
    }

    private static List<Long> claim(SqliteStore store, long worker, long claim) {
        var kinds = Set.of(new KindVersion("work", 1));
        return store.claim(new ClaimRequest(worker, claim, "q", kinds, 10, true, NOW)).stream()
                .map(ClaimedJob::id)
                .toList();
    }

    /** Bodies are many and large: counts that looked into them made every look slow. */
    @Test
    void countsReadNoBodies() throws SQLException {
        damage("DELETE FROM job WHERE id > 1");
        try (var store = SqliteStore.at(file())) {
            var queue = store.queues().getFirst();
            assertThat(queue.available()).isEqualTo(3);
            assertThat(queue.oldestAvailable()).isEqualTo(NOW);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "tags | [\"t\"  | tags must be",
                "tags | {\"a\":1} | tags must be",
                "tags | [null] | tags must be",
                "tags | null | tags must be",
                "terms | rubbish | terms must be",
                "terms | {\"timeout\":-1} | terms must be",
                "retry | rubbish | retry must be",
                "retry | {\"attempts\":3} | retry must be",
                "retry | {\"attempts\":\"x\",\"base\":1,\"factor\":1,\"cap\":1,\"jitter\":1} |"
                        + " retry must",
                "retry |"
                    + " {\"attempts\":-1,\"base\":\"PT1S\",\"factor\":1,\"cap\":\"PT1S\",\"jitter\":true}"
                    + " | retry must be"
            })
    void aJobWithADamagedTextIsSetAsideAndItsNeighboursRun(String column, String text, String says)
            throws Exception {
        damage("UPDATE job SET %s = '%s' WHERE id = 2".formatted(column, text));
        try (var store = SqliteStore.at(file())) {
            long me = register(store);
            assertThat(store.list(JobFilter.all(), 10, null).items()).hasSize(3);
            assertThat(claim(store, me, 1)).containsExactly(1L, 3L);
            var found = store.find(2).orElseThrow();
            assertThat(found.state()).isEqualTo(new JobState.Discarded(NOW));
            var error = found.attempts().getLast().error();
            assertThat(error).isNotNull().extracting(ErrorInfo::type).isEqualTo("unreadable");
            assertThat(error.message()).contains(says, text);
            assertThat(store.held(me, 0, 10)).hasSize(2);
            assertThat(store.queues().getFirst().discarded()).isEqualTo(1);
            assertThat(store.queues().getFirst().available()).isZero();
        }
    }

    @Test
    void aMendedJobRunsAfterARetryByHand() throws Exception {
        damage("UPDATE job SET retry = 'rubbish' WHERE id = 2");
        try (var store = SqliteStore.at(file())) {
            assertThat(claim(store, register(store), 1)).containsExactly(1L, 3L);
        }
        damage("UPDATE job SET retry = NULL WHERE id = 2");
        try (var store = SqliteStore.at(file())) {
            store.retry(List.of(2L), NOW);
            assertThat(claim(store, register(store), 2)).containsExactly(2L);
        }
    }

    @Test
    void aPositionWithoutABodyIsSetAside() throws Exception {
        damage("DELETE FROM job WHERE id = 1");
        try (var store = SqliteStore.at(file())) {
            assertThat(claim(store, register(store), 1)).containsExactly(2L, 3L);
            assertThat(store.queues().getFirst().available()).isZero();
            assertThat(store.queues().getFirst().discarded()).isEqualTo(1);
        }
    }

    @Test
    void moreDamagedJobsThanAClaimTakesAreSetAsideByTheNextClaims() throws Exception {
        damage("UPDATE job SET tags = 'x' WHERE id <= 2");
        try (var store = SqliteStore.at(file())) {
            long me = register(store);
            var kinds = Set.of(new KindVersion("work", 1));
            assertThat(store.claim(new ClaimRequest(me, 1, "q", kinds, 1, true, NOW))).isEmpty();
            assertThat(store.queues().getFirst().discarded()).isEqualTo(1);
            assertThat(store.claim(new ClaimRequest(me, 2, "q", kinds, 1, true, NOW))).isEmpty();
            var last = store.claim(new ClaimRequest(me, 3, "q", kinds, 1, true, NOW));
            assertThat(last).extracting(ClaimedJob::id).containsExactly(3L);
        }
    }

    @Test
    void tagsThatCannotBeReadAreShownAsTheyStand() throws Exception {
        damage("UPDATE job SET tags = '[oops' WHERE id = 2");
        try (var store = SqliteStore.at(file())) {
            assertThat(store.find(2).orElseThrow().tags()).containsExactly("[oops");
            var tagged = new JobFilter(null, null, null, "t");
            assertThat(store.list(tagged, 10, null).items()).hasSize(2);
        }
    }

    @Test
    void damagedHistoryHidesNoOtherJob() throws Exception {
        try (var store = SqliteStore.at(file())) {
            long me = register(store);
            claim(store, me, 1);
            for (long id = 1; id <= 3; id++) {
                store.complete(List.of(completed(me, id)));
            }
        }
        damage("UPDATE history SET outcome = 77 WHERE job_id = 2");
        damage("UPDATE history SET error = 'rubbish' WHERE job_id = 3");
        try (var store = SqliteStore.at(file())) {
            var completed = new JobFilter(JobState.Name.COMPLETED, null, null, null);
            assertThat(store.list(completed, 10, null).items()).hasSize(2);
            assertThat(store.list(JobFilter.all(), 10, null).items()).hasSize(2);
            assertThat(store.ended(List.of(1L, 2L, 3L))).containsOnlyKeys(1L, 3L);
            assertThat(store.find(3).orElseThrow().attempts().getLast().error())
                    .isNotNull()
                    .extracting(ErrorInfo::type)
                    .isEqualTo("unreadable");
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> store.find(2))
                    .withMessageContaining("outcome must be 1 to 12, got '77'")
                    .extracting(MillraceException::code)
                    .isEqualTo(Code.STORE_REFUSED);
        }
    }

    private static Ending completed(long worker, long job) {
        return new Ending(
                job,
                1,
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
    void aWorkerWithDamagedQueuesIsListedWithTheOthers() throws Exception {
        try (var store = SqliteStore.at(file())) {
            register(store);
            register(store);
        }
        damage("UPDATE worker SET queues = 'rubbish' WHERE id = 1");
        try (var store = SqliteStore.at(file())) {
            assertThat(store.workers()).hasSize(2);
        }
    }
}
