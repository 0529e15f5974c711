package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.JobState;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.NewJob;
import dev.millrace.store.Recorded;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** How jobs come in and are taken. */
class ClaimsTest extends StoreTest {
    @Test
    void jobsComeBackAsTheyWereGivenWhicheverWayTheyCameIn() {
        for (int n : new int[] {1, 50, 500}) {
            var given = jobs(n, KIND, 4);
            store.enqueue(given, false);
            store.enqueue(given, true);
            long worker = worker();
            var taken = claim(worker, 1000, false);
            assertThat(taken).hasSize(n);
            for (int i = 0; i < n; i++) {
                NewJob want = given.get(i);
                ClaimedJob got = taken.get(i);
                assertThat(got.id()).isEqualTo(want.id());
                assertThat(got.payload()).isEqualTo(want.payload());
                assertThat(got.retry()).isEqualTo(want.retry());
                assertThat(got.tags()).isEqualTo(want.tags());
                assertThat(got.createdAt()).isEqualTo(NOW);
                assertThat(got.kind()).isEqualTo("test.kind");
                assertThat(got.attempt()).isEqualTo(1);
                assertThat(got.maxAttempts()).isEqualTo(3);
            }
            assertThat(store.complete(taken.stream().map(j -> done(j, worker)).toList()))
                    .containsOnly(Recorded.RECORDED)
                    .hasSize(n);
            assertThat(store.complete(taken.stream().map(j -> done(j, worker)).toList()))
                    .containsOnly(Recorded.ALREADY);
            assertThat(store.find(taken.getFirst().id()).orElseThrow().state())
                    .isInstanceOf(JobState.Completed.class);
            assertThat(store.ended(taken.stream().map(ClaimedJob::id).toList())).hasSize(n);
            store.deregister(worker);
        }
        assertThat(store.workers()).isEmpty();
    }

    @Test
    void higherPrioritiesComeFirstThenFirstComeFirstServedAcrossKinds() {
        var ids = store.reserveIds(6);
        long f = ids.first();
        store.enqueue(
                List.of(
                        job(f, KIND, 1, null),
                        job(f + 1, OTHER, 5, null),
                        job(f + 2, KIND, 5, null),
                        job(f + 3, OTHER, 9, null),
                        job(f + 4, OTHER, 5, null),
                        job(f + 5, KIND, 0, null)),
                false);
        long worker = worker();
        assertThat(claim(worker, 4, false).stream().map(ClaimedJob::id))
                .containsExactly(f + 3, f + 1, f + 2, f + 4);
        assertThat(claim(worker, 4, false).stream().map(ClaimedJob::id)).containsExactly(f, f + 5);
        assertThat(claim(worker, 4, true)).isEmpty();
    }

    @Test
    void idsAreNeverGivenTwice() throws Exception {
        var seen = java.util.concurrent.ConcurrentHashMap.<Long>newKeySet();
        try (var threads = Executors.newFixedThreadPool(6)) {
            for (int t = 0; t < 6; t++) {
                int seed = t;
                threads.submit(() -> {
                    for (int i = 0; i < 20; i++) {
                        int n = new int[] {1, 32, 33, 5000}[(i + seed) % 4];
                        var block = store.reserveIds(n);
                        for (long id = block.first(); id < block.first() + n; id++) {
                            if (!seen.add(id)) {
                                seen.add(-id);
                            }
                        }
                    }
                });
            }
        }
        assertThat(seen).hasSizeGreaterThan(100_000).noneMatch(id -> id < 0);
    }

    @Test
    void workersClaimingAtOnceNeverTakeAJobTwice() throws Exception {
        store.enqueue(jobs(2000, KIND, 4), false);
        store.enqueue(jobs(2000, OTHER, 4), false);
        var seen = java.util.concurrent.ConcurrentHashMap.<Long>newKeySet();
        var twice = new AtomicLong();
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (int t = 0; t < 4; t++) {
                threads.submit(() -> {
                    long worker = worker();
                    while (true) {
                        var taken = claim(worker, 50, false);
                        if (taken.isEmpty()) {
                            taken = claim(worker, 50, true);
                        }
                        if (taken.isEmpty()) {
                            return;
                        }
                        taken.forEach(j -> {
                            if (!seen.add(j.id())) {
                                twice.incrementAndGet();
                            }
                        });
                        store.complete(taken.stream().map(j -> done(j, worker)).toList());
                    }
                });
            }
        }
        assertThat(twice).hasValue(0);
        assertThat(seen).hasSize(4000);
    }

    @Test
    void aJobExistsOnlyIfTheCallersTransactionCommits() throws Exception {
        try (var connection = StoreUrl.parse(url).source().getConnection()) {
            assertThatThrownBy(() -> store.enqueue(connection, jobs(1, KIND, 4)))
                    .hasMessageContaining("auto-commit");
            connection.setAutoCommit(false);
            store.enqueue(connection, jobs(1, KIND, 4));
            store.enqueue(connection, jobs(300, KIND, 4));
            connection.rollback();
            store.enqueue(connection, jobs(2, KIND, 4));
            store.enqueue(connection, jobs(200, KIND, 4));
            connection.commit();
        }
        assertThat(claim(worker(), 1000, false)).hasSize(202);
    }

    @Test
    void otherProcessesHearOfWork() throws Exception {
        try (var other = PostgresStore.at(url)) {
            var heard = new CountDownLatch(1);
            var ready = new CountDownLatch(1);
            other.signals().onWork(ready::countDown);
            assertThat(ready.await(60, TimeUnit.SECONDS)).isTrue();
            other.signals().onWork(heard::countDown);
            store.enqueue(jobs(1, KIND, 4), false);
            assertThat(heard.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }
}
