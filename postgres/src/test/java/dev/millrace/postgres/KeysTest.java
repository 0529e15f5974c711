package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.job.JobTerms;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.queue.JobHandle;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;
import dev.millrace.store.Ending;
import dev.millrace.store.KeyHold;
import dev.millrace.store.NewJob;
import dev.millrace.store.PruneRules;
import dev.millrace.store.QueueControl;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Keys between transactions, and what is PostgreSQL's own about limits and requests to cancel. */
class KeysTest extends StoreTest {

    private NewJob keyed(String key, OnConflict onConflict, @Nullable Instant runAt) {
        NewJob plain = job(store.reserveIds(1).first(), KIND, 4, runAt);
        return new NewJob(
                plain.id(),
                plain.queue(),
                plain.kind(),
                plain.version(),
                plain.priority(),
                plain.payload(),
                plain.maxAttempts(),
                plain.retry(),
                plain.tags(),
                plain.createdAt(),
                plain.runAt(),
                new JobTerms(key, null, null, Map.of()),
                List.of(new KeyHold(KeyHold.Scope.UNIQUE, key, null, onConflict, "")),
                plain.durability());
    }

    private NewJob keyed(String key) {
        return keyed(key, OnConflict.KEEP, null);
    }

    private NewJob expiring(Instant at) {
        NewJob plain = jobs(1, KIND, 4).getFirst();
        return new NewJob(
                plain.id(),
                plain.queue(),
                plain.kind(),
                plain.version(),
                plain.priority(),
                plain.payload(),
                plain.maxAttempts(),
                plain.retry(),
                plain.tags(),
                plain.createdAt(),
                plain.runAt(),
                new JobTerms(null, at, null, Map.of()),
                List.of(),
                plain.durability());
    }

    private Connection transaction() throws Exception {
        var connection = StoreUrl.parse(url).source().getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private Accepted accept(NewJob job) {
        return store.enqueueKeyed(List.of(job), false).getFirst();
    }

    @Test
    void anOpenTransactionWithAKeyDelaysOnlyThatKey() throws Exception {
        NewJob first = keyed("k");
        try (var connection = transaction()) {
            store.enqueue(List.of(job(store.reserveIds(1).first(), KIND, 4, null)), false);
            assertThat(store.enqueue(connection, List.of(first)))
                    .containsExactly(new Accepted(first.id(), How.NEW));
            store.enqueue(jobs(3, KIND, 4), false);
            store.enqueue(jobs(300, KIND, 4), false);
            NewJob other = keyed("other");
            assertThat(accept(other)).isEqualTo(new Accepted(other.id(), How.NEW));
            NewJob second = keyed("k");
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> accept(second))
                    .matches(e -> e.code() == Code.KEY_BUSY);
            assertThat(store.holder("k", NOW)).isEmpty();
            connection.commit();
            assertThat(accept(second)).isEqualTo(new Accepted(first.id(), How.DUPLICATE));
        }
        assertThat(store.holder("k", NOW)).contains(first.id());
        assertThat(store.find(first.id()).orElseThrow().terms().unique()).isEqualTo("k");
    }

    @Test
    void callersOfOtherKeysAreAnsweredWhileATransactionKeepsOneBusy() throws Exception {
        var task = Task.named("work", RawJson.class);
        // longer than all the others take
        var patient =
                Millrace.builder()
                        .store(PostgresStore.at(url))
                        .storePatience(Duration.ofSeconds(30));
        try (var m = patient.start();
                var callers = Executors.newVirtualThreadPerTaskExecutor();
                var connection = transaction()) {
            m.enqueue(connection, task.with(new RawJson("1")).unique("busy"));
            var waiting = new ArrayList<Future<JobHandle>>();
            for (int i = 0; i < 20; i++) {
                waiting.add(
                        callers.submit(
                                () -> m.enqueue(task.with(new RawJson("1")).unique("busy"))));
            }
            for (int round = 0; round < 5; round++) {
                var others = new ArrayList<Future<JobHandle>>();
                for (int i = 0; i < 20; i++) {
                    var request = task.with(new RawJson("2")).unique(round + "." + i);
                    others.add(callers.submit(() -> m.enqueue(request)));
                }
                for (var other : others) {
                    assertThat(other.get().isDuplicate()).isFalse();
                }
            }
            assertThat(waiting).noneMatch(Future::isDone);
            connection.commit();
            for (var each : waiting) {
                assertThat(each.get().isDuplicate()).isTrue();
            }
        }
    }

    @Test
    void aRolledBackTransactionLeavesItsKeyFree() throws Exception {
        try (var connection = transaction()) {
            store.enqueue(connection, List.of(keyed("k")));
            connection.rollback();
        }
        NewJob second = keyed("k");
        assertThat(accept(second)).isEqualTo(new Accepted(second.id(), How.NEW));
    }

    @Test
    void ofManyThatWantTheSameKeysInAnyOrderExactlyOneGetsEach() throws Exception {
        int callers = 8;
        int keys = 60;
        var tasks = new ArrayList<Callable<List<Accepted>>>();
        store.enqueue(jobs(1, KIND, 4), false);
        for (int c = 0; c < callers; c++) {
            var batch = new ArrayList<NewJob>();
            for (int k = 0; k < keys; k++) {
                batch.add(keyed("k" + (c % 2 == 0 ? k : keys - 1 - k)));
            }
            tasks.add(() -> untilNotBusy(batch));
        }
        var accepted = new HashSet<Long>();
        var held = new HashSet<Long>();
        try (var threads = Executors.newFixedThreadPool(callers)) {
            for (Future<List<Accepted>> answer : threads.invokeAll(tasks)) {
                for (Accepted each : answer.get()) {
                    held.add(each.jobId());
                    if (each.how() == How.NEW) {
                        accepted.add(each.jobId());
                    }
                }
            }
        }
        assertThat(accepted).hasSize(keys).isEqualTo(held);
        assertThat(new RowInspector(StoreUrl.parse(url)).bodies()).hasSize(keys + 1);
    }

    private List<Accepted> untilNotBusy(List<NewJob> batch) {
        while (true) {
            try {
                return store.enqueueKeyed(batch, false);
            } catch (MillraceException e) {
                if (e.code() != Code.KEY_BUSY) {
                    throw e;
                }
            }
        }
    }

    @Test
    void aKeyMovesFromAWaitingJobAndIsFreeWhenItsJobHasEnded() {
        NewJob first = keyed("k");
        NewJob second = keyed("k", OnConflict.REPLACE, NOW.plusSeconds(9));
        assertThat(accept(first).how()).isEqualTo(How.NEW);
        assertThat(accept(second)).isEqualTo(new Accepted(second.id(), How.REPLACED));
        assertThat(state(first.id())).isInstanceOf(JobState.Cancelled.class);
        assertThat(store.find(first.id()).orElseThrow().attempts().getFirst().error())
                .hasToString(
                        "ErrorInfo[type=cancelled, message=replaced by job %d, stack=]"
                                .formatted(second.id()));
        assertThat(state(second.id())).isInstanceOf(JobState.Available.class);
        NewJob third = keyed("k", OnConflict.DEBOUNCE, NOW.plusSeconds(9));
        assertThat(accept(third).how()).isEqualTo(How.REPLACED);
        assertThat(state(third.id())).isInstanceOf(JobState.Scheduled.class);
        assertThat(store.promote(NOW.plusSeconds(10), 10).promoted()).isEqualTo(1);
        long worker = worker();
        var taken = claim(worker, 10, true);
        assertThat(taken).hasSize(1);
        // One that runs goes on without its key, and its end does not free it.
        NewJob fourth = keyed("k", OnConflict.REPLACE, null);
        assertThat(accept(fourth)).isEqualTo(new Accepted(fourth.id(), How.NEW));
        store.complete(List.of(done(taken.getFirst(), worker)));
        assertThat(store.holder("k", NOW)).contains(fourth.id());
        var last = claim(worker, 10, true).getFirst();
        store.complete(
                List.of(ending(last, worker, Attempt.End.DISCARDED, new Ending.Next.Discarded())));
        assertThat(store.holder("k", NOW)).isEmpty();
    }

    @Test
    void anEndingDoesNotWaitForATransactionThatHasTheKeysRow() throws Exception {
        NewJob first = keyed("k");
        accept(first);
        long worker = worker();
        var taken = claim(worker, 1, true).getFirst();
        try (var connection = transaction()) {
            NewJob second = keyed("k", OnConflict.REPLACE, null);
            store.enqueue(connection, List.of(second));
            store.complete(List.of(done(taken, worker)));
            connection.rollback();
        }
        // The row outlived its job, and is free all the same.
        assertThat(store.holder("k", NOW)).isEmpty();
        NewJob third = keyed("k");
        assertThat(accept(third)).isEqualTo(new Accepted(third.id(), How.NEW));
        assertThat(store.holder("k", NOW)).contains(third.id());
    }

    @Test
    void aJobSentAgainAfterItEndedDoesNotComeBackNorHoldItsKey() {
        NewJob job = keyed("k");
        accept(job);
        long worker = worker();
        store.complete(List.of(done(claim(worker, 1, true).getFirst(), worker)));
        assertThat(store.enqueueKeyed(List.of(job), true))
                .containsExactly(new Accepted(job.id(), How.NEW));
        assertThat(store.holder("k", NOW)).isEmpty();
        assertThat(claim(worker, 1, true)).isEmpty();
    }

    @Test
    void claimsUnderOneLimitNeverPassItTogether() throws Exception {
        store.enqueue(jobs(100, KIND, 4), false);
        store.control("q", new QueueControl(false, 7));
        long worker = worker();
        var tasks = new ArrayList<Callable<Integer>>();
        for (int i = 0; i < 6; i++) {
            tasks.add(() -> claim(worker, 5, true).size());
        }
        int taken = 0;
        try (var threads = Executors.newFixedThreadPool(6)) {
            for (Future<Integer> each : threads.invokeAll(tasks)) {
                taken += each.get();
            }
        }
        assertThat(taken).isEqualTo(7);
        assertThat(claim(worker, 5, true)).isEmpty();
        store.giveBack(worker, store.held(worker, 0, 3));
        assertThat(claim(worker, 50, true)).hasSize(3);
        store.control("q", QueueControl.NONE);
        assertThat(claim(worker, 50, true)).hasSize(50);
    }

    @Test
    void aControlSetElsewhereArrivesWithThePulse() {
        store.enqueue(jobs(5, KIND, 4), false);
        long worker = worker();
        try (var other = PostgresStore.at(url)) {
            other.control("q", new QueueControl(true, null));
            other.control("none", new QueueControl(false, 3));
        }
        assertThat(pulse(worker, true).controls())
                .isEqualTo(
                        Map.of(
                                "q", new QueueControl(true, null),
                                "none", new QueueControl(false, 3)));
        assertThat(claim(worker, 5, true)).isEmpty();
        store.control("q", QueueControl.NONE);
        assertThat(claim(worker, 5, true)).hasSize(5);
    }

    @Test
    void aRunningJobIsAskedToEndAndCancelledWhenItWaitsAgain() {
        store.enqueue(jobs(2, KIND, 4), false);
        long worker = worker();
        var taken = claim(worker, 1, true).getFirst();
        assertThat(store.cancel(List.of(taken.id()), "enough", NOW))
                .containsExactly(Map.entry(taken.id(), JobState.Name.RUNNING));
        var answer = pulse(worker, true);
        assertThat(answer.cancelled()).containsOnlyKeys(taken.id());
        assertThat(answer.nextSettle()).isNotNull();
        assertThat(store.settle(NOW, 10).next()).isEqualTo(NOW.plusSeconds(1));
        store.giveBack(worker, List.of(taken.claim()));
        var settled = store.settle(NOW, 10);
        assertThat(settled.cancelled()).isEqualTo(1);
        assertThat(settled.next()).isNull();
        assertThat(state(taken.id())).isInstanceOf(JobState.Cancelled.class);
        assertThat(pulse(worker, true).nextSettle()).isNull();
    }

    @Test
    void whatOthersHoldHidesNothingBehindItThatExpires() throws Exception {
        var held = new ArrayList<NewJob>();
        for (int i = 0; i < 4; i++) {
            held.add(expiring(NOW.plusSeconds(1)));
        }
        NewJob free = expiring(NOW.plusSeconds(2));
        store.enqueue(held, false);
        store.enqueue(List.of(free), false);
        Instant later = NOW.plusSeconds(3);
        try (var connection = transaction();
                var statement = connection.createStatement()) {
            statement.execute(
                    StoreUrl.parse(url)
                            .schema()
                            .in(
                                    "select from {schema}.available where job_id <> %d for update"
                                            .formatted(free.id())));
            int expired = 0;
            for (int step = 0; step < 3; step++) {
                expired += store.settle(later, 2).expired();
            }
            assertThat(expired).isEqualTo(1);
            assertThat(state(free.id())).isInstanceOf(JobState.Expired.class);
            connection.rollback();
        }
        assertThat(store.settle(later, 10).expired()).isEqualTo(4);
    }

    @Test
    void whatExpiresWhileAClaimHoldsItIsLookedAtAgain() throws Exception {
        NewJob held = expiring(NOW.plusSeconds(1));
        NewJob free = expiring(NOW.plusSeconds(1));
        store.enqueue(List.of(held, free), false);
        Instant later = NOW.plusSeconds(2);
        assertThat(pulse(worker(), true).nextSettle()).isEqualTo(NOW.plusSeconds(1));
        try (var connection = transaction();
                var statement = connection.createStatement()) {
            statement.execute(
                    StoreUrl.parse(url)
                            .schema()
                            .in(
                                    "select from {schema}.available where job_id = %d for update"
                                            .formatted(held.id())));
            var settled = store.settle(later, 10);
            assertThat(settled.expired()).isEqualTo(1);
            assertThat(settled.next()).isAfter(later).isBefore(later.plus(Duration.ofSeconds(1)));
            connection.rollback();
        }
        assertThat(store.settle(later, 10).expired()).isEqualTo(1);
        assertThat(state(held.id())).isInstanceOf(JobState.Expired.class);
        assertThat(state(free.id())).isInstanceOf(JobState.Expired.class);
    }

    @Test
    void aKeyThatWasLockedWhenItsJobEndedIsRemovedByPruning() throws Exception {
        store.enqueueKeyed(List.of(keyed("ended"), keyed("live")), false);
        long worker = worker();
        var ended =
                claim(worker, 10, true).stream()
                        .filter(job -> "ended".equals(job.terms().unique()))
                        .toList();
        try (var other = StoreUrl.parse(url).source().getConnection();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute(
                    StoreUrl.parse(url).schema().in("select * from {schema}.key_hold for update"));
            store.complete(ended.stream().map(job -> done(job, worker)).toList());
            other.rollback();
        }
        assertThat(heldKeys()).containsExactlyInAnyOrder("ended", "live");
        store.prune(PruneRules.finishedBefore(NOW.minusSeconds(3_600)), 0, 1_000);
        assertThat(heldKeys()).containsExactly("live");
        assertThat(state(ended.getFirst().id())).isInstanceOf(JobState.Completed.class);
    }

    private List<String> heldKeys() throws Exception {
        var keys = new ArrayList<String>();
        try (var connection = StoreUrl.parse(url).source().getConnection();
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                StoreUrl.parse(url)
                                        .schema()
                                        .in("select key from {schema}.key_hold"))) {
            while (rows.next()) {
                keys.add(rows.getString(1));
            }
        }
        return keys;
    }
}
