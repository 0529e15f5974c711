package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.JobFilter;
import dev.millrace.store.NewJob;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.WorkerInfo;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What happens when the file or its surroundings are not as they should be. */
class SqliteFaultsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir private Path directory;

    private Path file() {
        return directory.resolve("jobs.db");
    }

    private static NewJob job(long id, String payload) {
        return new NewJob(id, "q", "work", 1, 4, payload, 10, null, List.of(), NOW, null);
    }

    private static void assertRefused(Code code, String text, ThrowingCallable call) {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(call)
                .withMessageContaining(text)
                .extracting(MillraceException::code)
                .isEqualTo(code);
    }

    private void sql(String... statements) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Test
    void aFileThatIsNoDatabaseIsRefused() throws Exception {
        Files.writeString(file(), "not a database, just text that is long enough".repeat(100));
        assertRefused(Code.STORE_REFUSED, "not an SQLite database", () -> SqliteStore.at(file()));
    }

    @Test
    void aDirectoryIsRefused() throws Exception {
        Files.createDirectory(file());
        assertRefused(Code.STORE_REFUSED, "cannot be opened", () -> SqliteStore.at(file()));
    }

    @Test
    void aPlaceWhereNoDirectoryCanBeMadeIsRefused() throws Exception {
        Files.writeString(file(), "a file");
        assertRefused(
                Code.STORE_REFUSED,
                "needs the directory",
                () -> SqliteStore.at(file().resolve("deeper").resolve("jobs.db")));
    }

    @Test
    void theDatabaseOfAnotherProgramIsRefusedAndLeftAlone() throws Exception {
        sql("CREATE TABLE theirs (x)");
        assertRefused(Code.STORE_REFUSED, "another program", () -> SqliteStore.at(file()));
        sql("SELECT x FROM theirs");
    }

    @Test
    void aNewerSchemaIsRefusedAndLeftAlone() throws Exception {
        SqliteStore.at(file()).close();
        sql("PRAGMA user_version = 99");
        assertRefused(Code.SCHEMA_MISMATCH, "got 99", () -> SqliteStore.at(file()));
        assertRefused(Code.SCHEMA_MISMATCH, "got 99", () -> SqliteStore.withoutMigration(file()));
        assertThat(SqliteStore.schema(file()).installed()).isEqualTo(99);
    }

    @Test
    void aSchemaIsSeenBeforeItIsAppliedAndNothingIsMadeByLooking() {
        var schema = SqliteStore.schema(file());
        assertThat(schema.installed()).isZero();
        assertThat(schema.pending()).hasSize(schema.known());
        assertThat(file()).doesNotExist();
        assertRefused(Code.SCHEMA_MISMATCH, "got none", () -> SqliteStore.withoutMigration(file()));
        schema.apply();
        schema.apply();
        assertThat(schema.pending()).isEmpty();
        SqliteStore.withoutMigration(file()).close();
    }

    @RepeatedTest(20)
    void manyStoresOpenAFreshFileAtOnce() throws Exception {
        var results = new ArrayList<Future<Long>>();
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 8; i++) {
                results.add(
                        threads.submit(() -> {
                            try (var store = SqliteStore.at(file())) {
                                return store.reserveIds(1).first();
                            }
                        }));
            }
        }
        var ids = new ArrayList<Long>();
        for (var result : results) {
            ids.add(result.get());
        }
        assertThat(ids).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
    }

    @Test
    void aNewFileKeepsWhatItPromises() throws Exception {
        try (var store = SqliteStore.at(file())) {
            assertThat(store.info().durability()).isEqualTo("disk");
            assertThat(store.info().facts()).containsEntry("journal", "wal");
            assertThat(store.info().schemaVersion()).isEqualTo(SqliteStore.schema(file()).known());
            long vacuum =
                    store.writer().run("x", t -> t.session().number(-1, "PRAGMA auto_vacuum"));
            assertThat(vacuum).isEqualTo(2);
        }
    }

    @Test
    void aFileLockedByAnotherIsUnavailableAndThenGoesOn() throws Exception {
        try (var store = SqliteStore.at(file(), Duration.ofMillis(50))) {
            try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                    var statement = connection.createStatement()) {
                statement.execute("BEGIN IMMEDIATE");
                assertRefused(
                        Code.STORE_UNAVAILABLE,
                        "locked",
                        () -> store.enqueue(List.of(job(1, "{}")), false));
                assertThat(store.find(1)).isEmpty();
                statement.execute("COMMIT");
            }
            store.enqueue(List.of(job(1, "{}")), true);
            assertThat(store.find(1)).isPresent();
        }
    }

    @Test
    void aFullDiskLosesNothingAcceptedAndWorkGoesOnWhenThereIsSpace() {
        var big = "\"" + "x".repeat(500_000) + "\"";
        try (var store = SqliteStore.at(file())) {
            store.enqueue(List.of(job(1, "{}")), false);
            limit(store, 60);
            assertRefused(
                    Code.STORE_UNAVAILABLE,
                    "disk is full",
                    () -> store.enqueue(List.of(job(2, big)), false));
            assertThat(store.find(1)).isPresent();
            assertThat(store.find(2)).isEmpty();
            store.enqueue(List.of(job(3, "{}")), false);
            limit(store, 1_000_000);
            store.enqueue(List.of(job(2, big)), true);
            assertThat(store.find(2)).isPresent();
        }
    }

    private static void limit(SqliteStore store, int pages) {
        store.writer()
                .run("limit", t -> t.session().text("PRAGMA max_page_count = %d".formatted(pages)));
    }

    @Test
    void anOperationThatFailsDoesNotFailItsNeighbours() throws Exception {
        try (var store = SqliteStore.at(file());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            store.enqueue(List.of(job(1_000, "{}")), false);
            var entered = new CountDownLatch(1);
            var go = new CountDownLatch(1);
            var blocker =
                    threads.submit(() ->
                            store.writer()
                                    .run(
                                            "block",
                                            t -> {
                                                entered.countDown();
                                                awaitQuietly(go);
                                                return 0;
                                            }));
            entered.await();
            var calls = new ArrayList<Future<?>>();
            for (int i = 1; i <= 50; i++) {
                long id = i % 10 == 0 ? 1_000 : i;
                calls.add(threads.submit(() -> store.enqueue(List.of(job(id, "{}")), false)));
            }
            go.countDown();
            blocker.get();
            int failed = 0;
            for (var call : calls) {
                try {
                    call.get();
                } catch (java.util.concurrent.ExecutionException e) {
                    assertThat(e.getCause()).isInstanceOf(MillraceException.class);
                    failed++;
                }
            }
            assertThat(failed).isEqualTo(5);
            assertThat(store.list(JobFilter.all(), 1000, null).items()).hasSize(46);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anInterruptedCallerStillGetsItsAnswer() {
        try (var store = SqliteStore.at(file())) {
            Thread.currentThread().interrupt();
            store.enqueue(List.of(job(1, "{}")), false);
            assertThat(store.find(1)).isPresent();
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aClosedStoreSaysSo() {
        var store = SqliteStore.at(file());
        store.close();
        store.close();
        assertRefused(Code.CLOSED, "closed", () -> store.enqueue(List.of(job(1, "{}")), false));
        assertRefused(Code.CLOSED, "closed", () -> store.find(1));
    }

    @Test
    void aCallersOwnTransactionIsNotSupported() throws Exception {
        try (var store = SqliteStore.at(file());
                var connection = DriverManager.getConnection("jdbc:sqlite:" + file())) {
            assertRefused(
                    Code.NOT_SUPPORTED,
                    "own transaction",
                    () -> store.enqueue(connection, List.of(job(1, "{}"))));
        }
    }

    @Test
    void aLivenessLockIsHeldUntilItsStoreIsClosed() {
        try (var watching = SqliteStore.at(file())) {
            long observer = watching.register(new WorkerInfo("observer", "1", Map.of(), NOW));
            var worker = SqliteStore.at(file());
            long id = worker.register(new WorkerInfo("worker", "1", Map.of(), NOW));
            assertThat(lock(watching, observer, id)).isEqualTo(Lock.HELD);
            assertThat(lock(watching, observer, id)).isEqualTo(Lock.HELD);
            worker.close();
            assertThat(lock(watching, observer, id)).isEqualTo(Lock.FREE);
            watching.rescue(id, 0, 10, NOW);
            assertThat(directory.resolve("jobs.db-workers").resolve("" + id)).doesNotExist();
            watching.deregister(observer);
            assertThat(directory.resolve("jobs.db-workers")).isEmptyDirectory();
        }
    }

    private static Lock lock(SqliteStore store, long observer, long worker) {
        return store.pulse(new Pulse(observer, true, 0, List.of(), NOW)).others().stream()
                .filter(seen -> seen.workerId() == worker)
                .findFirst()
                .orElseThrow()
                .lock();
    }

    @Test
    void jobsAreFoundAgainAfterReopening() {
        try (var store = SqliteStore.at(file())) {
            store.enqueue(List.of(job(1, "{\"a\":\"\u00e9\ud83d\ude00\"}")), false);
        }
        try (var store = SqliteStore.at(file())) {
            long me = store.register(new WorkerInfo("w", "1", Map.of(), NOW));
            var kinds = Set.of(new KindVersion("work", 1));
            var jobs = store.claim(new ClaimRequest(me, 1, "q", kinds, 10, true, NOW));
            assertThat(jobs).hasSize(1);
            assertThat(jobs.getFirst().payload()).isEqualTo("{\"a\":\"\u00e9\ud83d\ude00\"}");
            assertThat(store.find(1).orElseThrow().state())
                    .isEqualTo(new JobState.Running(me, NOW));
        }
    }
}
