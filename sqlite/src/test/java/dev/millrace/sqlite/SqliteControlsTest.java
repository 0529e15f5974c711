package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.job.KindVersion;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.QueueControl;
import dev.millrace.store.WorkerInfo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** What is set on queues, seen by several stores on one file. */
@Timeout(120)
class SqliteControlsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Set<KindVersion> KINDS = Set.of(new KindVersion("work", 1));

    @TempDir private Path directory;
    private final AtomicLong claims = new AtomicLong();

    private SqliteStore open() {
        return SqliteStore.at(directory.resolve("jobs.db"));
    }

    private static long register(SqliteStore store) {
        return store.register(new WorkerInfo("w", "1", Map.of(), NOW));
    }

    private List<ClaimedJob> claim(SqliteStore store, long worker, int max) {
        long claim = claims.incrementAndGet();
        return store.claim(new ClaimRequest(worker, claim, "q", KINDS, max, true, NOW));
    }

    @Test
    void anotherStoreHeedsWhatWasSet() {
        try (var store = open();
                var other = open()) {
            store.enqueue(OtherProcess.jobs(store, 1), false);
            long worker = register(other);
            var before = claim(other, worker, 1);
            assertThat(before).hasSize(1);
            other.giveBack(worker, List.of(before.getFirst().claim()));
            store.control("q", new QueueControl(true, null));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> {
                        var got = claim(other, worker, 1);
                        other.giveBack(worker, got.stream().map(ClaimedJob::claim).toList());
                        return got.isEmpty();
                    });
            store.control("q", QueueControl.NONE);
            await().atMost(Duration.ofSeconds(30)).until(() -> claim(other, worker, 1).size() == 1);
        }
    }

    @Test
    void ownControlsAreHeededAtOnceAndWakeThoseWhoWait() throws Exception {
        try (var store = open()) {
            store.enqueue(OtherProcess.jobs(store, 2), false);
            long worker = register(store);
            assertThat(claim(store, worker, 1)).hasSize(1);
            store.control("q", new QueueControl(true, null));
            assertThat(claim(store, worker, 1)).isEmpty();
            var woken = new Semaphore(0);
            try (var listening = store.signals().onWork(woken::release)) {
                store.control("q", QueueControl.NONE);
                assertThat(woken.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(claim(store, worker, 1)).hasSize(1);
        }
    }

    @Test
    void aLimitHoldsAcrossStoresThatClaimAtOnce() throws Exception {
        try (var store = open();
                var other = open();
                var threads = Executors.newFixedThreadPool(8)) {
            store.enqueue(OtherProcess.jobs(store, 40), false);
            long mine = register(store);
            long theirs = register(other);
            store.control("q", new QueueControl(false, 7));
            var calls =
                    Stream.<Callable<List<ClaimedJob>>>iterate(
                                    () -> claim(store, mine, 3), call -> call)
                            .limit(4)
                            .toList();
            var others =
                    Stream.<Callable<List<ClaimedJob>>>iterate(
                                    () -> claim(other, theirs, 3), call -> call)
                            .limit(4)
                            .toList();
            int taken = 0;
            for (var answer :
                    threads.invokeAll(Stream.concat(calls.stream(), others.stream()).toList())) {
                taken += answer.get().size();
            }
            assertThat(taken).isEqualTo(7);
            var held = store.held(mine, 0, 10);
            var theirHeld = store.held(theirs, 0, 10);
            assertThat(held.size() + theirHeld.size()).isEqualTo(7);
            int freed = store.giveBack(mine, held) + store.giveBack(theirs, theirHeld);
            assertThat(freed).isEqualTo(7);
            assertThat(claim(store, mine, 10)).hasSize(7);
            assertThat(claim(other, theirs, 10)).isEmpty();
        }
    }
}
