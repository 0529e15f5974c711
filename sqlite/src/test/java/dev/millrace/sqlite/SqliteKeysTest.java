package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.Durability;
import dev.millrace.job.JobState;
import dev.millrace.job.JobTerms;
import dev.millrace.job.MillraceException;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;
import dev.millrace.store.JobFilter;
import dev.millrace.store.KeyHold;
import dev.millrace.store.KeyHold.Scope;
import dev.millrace.store.NewJob;
import dev.millrace.store.PruneRules;
import dev.millrace.store.Settled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/** Keys, times to live and cancelling, as far as they are this engine's own. */
@Timeout(120)
class SqliteKeysTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir private Path directory;

    private Path file() {
        return directory.resolve("jobs.db");
    }

    private static NewJob job(long id, JobTerms terms, List<KeyHold> holds) {
        return new NewJob(
                id,
                "q",
                "work",
                1,
                4,
                "{}",
                10,
                null,
                List.of(),
                NOW,
                null,
                terms,
                holds,
                Durability.DISK);
    }

    private void sql(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        }
    }

    private long count(String table) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
            return rows.getLong(1);
        }
    }

    @Test
    void twoProcessesThatWantOneKeyAtOnceAgreeOnOneJob() throws Exception {
        try (var store = SqliteStore.at(file());
                var other = OtherProcess.start(file())) {
            for (int i = 0; i < 50; i++) {
                var key = "k" + i + "-";
                other.tell("unique " + key);
                var here = store.enqueueKeyed(OtherProcess.unique(store, key, 1), false);
                var mine = here.getFirst();
                var theirs = mine.how() == How.NEW ? How.DUPLICATE : How.NEW;
                other.expect(new Accepted(mine.jobId(), theirs).toString());
            }
            assertThat(store.list(JobFilter.all(), 100, null).items()).hasSize(50);
        }
    }

    /** As a process of schema 1 does, which was there before the migration and knows no keys. */
    @Test
    void aKeyIsFreeOnceItsJobHasEndedOrGoneWithoutReleasingIt() throws Exception {
        try (var store = SqliteStore.at(file())) {
            for (var end :
                    List.of(
                            "INSERT INTO history VALUES (%d, 1, 7, 1, 1, 1, 0, 0, NULL, NULL)",
                            "INSERT INTO discarded SELECT id, lane, rank, 1, 0 FROM job WHERE id ="
                                    + " %d",
                            "DELETE FROM job WHERE id = %d")) {
                long first =
                        store.enqueueKeyed(OtherProcess.unique(store, "k", 1), false)
                                .getFirst()
                                .jobId();
                sql("DELETE FROM available WHERE job_id = " + first);
                sql(end.formatted(first));
                assertThat(store.holder("k0", NOW)).as(end).isEmpty();
                var again = OtherProcess.unique(store, "k", 1);
                assertThat(store.enqueueKeyed(again, false))
                        .as(end)
                        .containsExactly(new Accepted(again.getFirst().id(), How.NEW));
                assertThat(store.holder("k0", NOW)).contains(again.getFirst().id());
                sql("DELETE FROM key_hold");
            }
        }
    }

    @Test
    void aRefusedCallDoesNotBreakThoseThatShareItsTransaction() throws Exception {
        try (var store = SqliteStore.at(file())) {
            var used = OtherProcess.unique(store, "a", 1);
            store.enqueueKeyed(used, false);
            var before = OtherProcess.unique(store, "b", 1);
            var after = OtherProcess.unique(store, "c", 1);
            var badly = OtherProcess.unique(store, "d", 1).getFirst().holds();
            var usedAgain = List.of(used.getFirst().holding(badly));

            var writer = HeldWriter.of(store, Durability.DISK);
            var first = writer.behind(() -> store.enqueueKeyed(before, false));
            var refused = writer.behind(() -> store.enqueueKeyed(usedAgain, false));
            var last = writer.behind(() -> store.enqueueKeyed(after, false));
            writer.letGo();

            assertThat(first.get()).containsExactly(new Accepted(before.getFirst().id(), How.NEW));
            assertThat(last.get()).containsExactly(new Accepted(after.getFirst().id(), How.NEW));
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(refused::get)
                    .withCauseInstanceOf(MillraceException.class)
                    .withMessageContaining("never used before");
            assertThat(store.holder("d0", NOW)).isEmpty();
        }
    }

    @Test
    void manyKeysAndTheirRepetitionsInOneCall() {
        try (var store = SqliteStore.at(file())) {
            var jobs = new ArrayList<>(OtherProcess.unique(store, "k", 130));
            jobs.addAll(OtherProcess.unique(store, "k", 130));
            var answers = store.enqueueKeyed(jobs, false);
            for (int i = 0; i < 130; i++) {
                long first = jobs.get(i).id();
                assertThat(answers.get(i)).isEqualTo(new Accepted(first, How.NEW));
                assertThat(answers.get(130 + i)).isEqualTo(new Accepted(first, How.DUPLICATE));
            }
            assertThat(store.enqueueKeyed(jobs, true)).isEqualTo(answers);
            assertThat(store.list(JobFilter.all(), 1000, null).items()).hasSize(130);
        }
    }

    @Test
    void aDamagedJobStandsInNoOthersWay() throws Exception {
        var terms = new JobTerms(null, NOW.plusSeconds(1), null, Map.of());
        try (var store = SqliteStore.at(file())) {
            for (long id = 1; id <= 3; id++) {
                store.enqueue(List.of(job(id, terms, List.of())), false);
            }
        }
        sql("DELETE FROM available WHERE job_id = 1");
        try (var store = SqliteStore.at(file())) {
            assertThat(store.cancel(List.of(1L, 2L), "why", NOW))
                    .isEqualTo(Map.of(2L, JobState.Name.AVAILABLE));
            assertThat(store.delete(List.of(1L, 2L)))
                    .isEqualTo(Map.of(2L, JobState.Name.CANCELLED));
            assertThat(store.settle(NOW.plusSeconds(1), 10)).isEqualTo(new Settled(1, 0, null));
        }
    }

    @Test
    void passedKeysAreRemovedAFewAtATime() throws Exception {
        try (var store = SqliteStore.at(file())) {
            var jobs = new ArrayList<NewJob>();
            for (int i = 0; i < 25; i++) {
                var until = i < 5 ? null : NOW.plusSeconds(i < 20 ? 10 : 11);
                var hold = new KeyHold(Scope.UNIQUE, "k" + i, until, OnConflict.KEEP, "");
                jobs.add(job(i + 1, JobTerms.NONE, List.of(hold)));
            }
            store.enqueueKeyed(jobs, false);
            var rules = PruneRules.finishedBefore(NOW.plusSeconds(10));
            int steps = 0;
            long after = 0;
            do {
                after = store.prune(rules, after, 10);
                steps++;
                assertThat(count("key_hold")).isGreaterThanOrEqualTo(25 - 10L * steps);
            } while (after > 0 && steps < 10);
            assertThat(count("key_hold")).isEqualTo(10);
            assertThat(count("job")).isEqualTo(25);
        }
    }
}
