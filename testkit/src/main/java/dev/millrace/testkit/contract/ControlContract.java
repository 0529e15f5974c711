package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.MillraceException;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueSnapshot;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Pausing and limiting queues. */
interface ControlContract extends Contract {
    private void limit(@Nullable Integer maxRunning) {
        bench().store().control(Bench.QUEUE, new QueueControl(false, maxRunning));
    }

    private void pause(boolean paused) {
        bench().store().control(Bench.QUEUE, new QueueControl(paused, null));
    }

    @Test
    default void whatIsSetIsReadBackAndCanBeTakenBack() {
        var b = bench();
        var store = b.store();
        assertThat(store.control("q")).isEqualTo(QueueControl.NONE);
        for (var control :
                List.of(
                        new QueueControl(true, null),
                        new QueueControl(true, 1),
                        new QueueControl(false, 1_000_000),
                        QueueControl.NONE,
                        QueueControl.NONE)) {
            store.control("q", control);
            assertThat(store.control("q")).isEqualTo(control);
            assertThat(b.reopen().control("q")).isEqualTo(control);
            assertThat(store.control("other")).isEqualTo(QueueControl.NONE);
        }
    }

    @Test
    default void aLimitOutOfBoundsIsRefused() {
        for (int bad : new int[] {0, -1, 1_000_001}) {
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> new QueueControl(false, bad))
                    .withMessageContaining(String.valueOf(bad));
        }
    }

    @Test
    default void aPausedQueueGivesNothingUntilItIsResumed() {
        var b = bench();
        var ids = b.enqueue(3, b.job());
        long elsewhere = b.enqueue(b.job().in("other"));
        var worker = b.worker();
        var running = worker.claimOnly(ids.get(0));
        pause(true);
        assertThat(worker.claim(10)).isEmpty();
        long late = b.enqueue(b.job().at(9));
        assertThat(worker.claim(10)).isEmpty();
        assertThat(Bench.ids(worker.claim("other", Set.of(Bench.WORK), 10)))
                .containsExactly(elsewhere);
        worker.complete(running);
        pause(false);
        assertThat(Bench.ids(worker.claim(10))).containsExactly(late, ids.get(1), ids.get(2));
    }

    @Test
    default void inAPausedQueueJobsAreStillPromotedCancelledAndExpired() {
        var b = bench();
        pause(true);
        var ids =
                b.enqueue(
                        b.job().due(b.now().plusSeconds(1)),
                        b.job(),
                        b.job().ttl(Duration.ofSeconds(1)));
        b.advance(Duration.ofSeconds(2));
        assertThat(b.promoteAll()).isEqualTo(1);
        b.store().cancel(List.of(ids.get(1)), "no", b.tick());
        assertThat(b.settleAll().expired()).isEqualTo(1);
        pause(false);
        b.worker().claimOnly(ids.get(0));
    }

    @Test
    default void whatAnotherProcessSetsIsHeededAfterThePulse() {
        var b = bench();
        var other = b.reopen();
        b.enqueue(10, b.job());
        var worker = b.worker();
        worker.claimOne();
        other.control("q", new QueueControl(true, null));
        assertThat(worker.pulse().controls()).containsEntry("q", new QueueControl(true, null));
        assertThat(worker.claim(10)).isEmpty();
        other.control("q", new QueueControl(false, 2));
        worker.pulse();
        assertThat(worker.claim(10)).hasSize(2);
        assertThat(worker.claim(10)).isEmpty();
        other.control("q", QueueControl.NONE);
        worker.pulse();
        assertThat(worker.claim(10)).hasSize(7);
    }

    @Test
    default void aPulseTellsWhatIsSetOnTheQueuesAskedFor() {
        var b = bench();
        var worker = b.worker();
        assertThat(worker.pulse().controls()).isEmpty();
        b.store().control("other", new QueueControl(true, null));
        assertThat(worker.pulse().controls()).isEmpty();
        b.store().control("q", new QueueControl(true, 7));
        assertThat(worker.pulse().controls())
                .containsOnlyKeys("q")
                .containsEntry("q", new QueueControl(true, 7));
        b.store().control("q", QueueControl.NONE);
        assertThat(worker.pulse().controls()).isEmpty();
    }

    @Test
    default void queuesAreShownWithWhatIsSetOnThemAlsoThoseWithoutJobs() {
        var b = bench();
        var control = new QueueControl(true, 3);
        b.store().control("empty", control);
        assertThat(b.store().queues())
                .containsExactly(new QueueSnapshot("empty", 0, 0, 0, 0, null, control));
        b.enqueue(b.job());
        b.store().control("q", new QueueControl(false, 5));
        assertThat(b.store().queues())
                .extracting(QueueSnapshot::control)
                .containsExactly(control, new QueueControl(false, 5));
        b.store().control("empty", QueueControl.NONE);
        assertThat(b.store().queues()).extracting(QueueSnapshot::queue).containsExactly("q");
        b.store().control("q", QueueControl.NONE);
        assertThat(b.store().queues())
                .extracting(QueueSnapshot::control)
                .containsExactly(QueueControl.NONE);
    }

    @Test
    default void whoHasJustStartedTakesNothingFromAPausedQueue() {
        var b = bench();
        b.enqueue(b.job());
        b.store().control(Bench.QUEUE, QueueControl.Change.paused(true));
        assertThat(b.worker(b.reopen()).claim(10)).isEmpty();
    }

    @Test
    default void fromALimitedQueueNoMoreComesThanMayRun() {
        var b = bench();
        limit(3);
        var ids = b.enqueue(10, b.job());
        var worker = b.worker();
        assertThat(Bench.ids(worker.claim(10))).isEqualTo(ids.subList(0, 3));
        assertThat(worker.claim(10)).isEmpty();
        var other = b.worker(b.reopen());
        assertThat(other.claim(10)).as("of one that has just started").isEmpty();
        b.enqueue(b.job().in("free"));
        assertThat(worker.claim("free", Set.of(Bench.WORK), 10)).hasSize(1);
    }

    @Test
    default void aPlaceIsFreedInWhateverWayAJobStopsRunning() {
        var b = bench();
        limit(2);
        b.enqueue(20, b.job());
        var worker = b.worker();
        var dead = b.worker();
        dead.claimOne();
        var job = worker.claimOne();
        assertThat(worker.claim(10)).isEmpty();
        worker.complete(job);
        job = worker.claimOne();
        assertThat(worker.claim(10)).isEmpty();
        worker.giveBack(job);
        job = worker.claimOne();
        worker.fail(job, Duration.ofHours(1));
        job = worker.claimOne();
        worker.report(worker.ends(job).discarded("no"));
        job = worker.claimOne();
        worker.report(worker.ends(job).cancelled());
        job = worker.claimOne();
        assertThat(worker.claim(10)).isEmpty();
        b.bury(dead);
        var rest = worker.claim(10);
        assertThat(rest).hasSize(1);
        assertThat(worker.claim(10)).isEmpty();
        worker.complete(job);
        worker.complete(rest.getFirst());
        assertThat(worker.claim(10)).hasSize(2);
    }

    @Test
    default void aLimitLoweredBelowWhatRunsLetsItEndFirst() {
        var b = bench();
        limit(4);
        b.enqueue(10, b.job());
        var worker = b.worker();
        var jobs = worker.claim(10);
        assertThat(jobs).hasSize(4);
        limit(2);
        assertThat(worker.claim(10)).isEmpty();
        worker.complete(jobs.get(0));
        worker.complete(jobs.get(1));
        assertThat(worker.claim(10)).isEmpty();
        worker.complete(jobs.get(2));
        assertThat(worker.claim(10)).hasSize(1);
        limit(5);
        assertThat(worker.claim(10)).hasSize(3);
    }

    @Test
    default void aLiftedLimitHoldsNothingBack() {
        var b = bench();
        limit(1);
        b.enqueue(10, b.job());
        var worker = b.worker();
        assertThat(worker.claim(10)).hasSize(1);
        limit(null);
        assertThat(worker.claim(10)).hasSize(9);
    }

    @Test
    default void whatWasClaimedBeforeThereWasALimitIsNotCounted() {
        var b = bench();
        b.enqueue(10, b.job());
        var worker = b.worker();
        assertThat(worker.claim(3)).hasSize(3);
        limit(2);
        assertThat(worker.claim(10)).hasSize(2);
        assertThat(worker.claim(10)).isEmpty();
    }

    @Test
    default void aPauseKeepsTheLimitAndTheLimitThePause() {
        var b = bench();
        b.enqueue(10, b.job());
        var worker = b.worker();
        b.store().control("q", new QueueControl(true, 2));
        assertThat(worker.claim(10)).isEmpty();
        b.store().control("q", new QueueControl(false, 2));
        assertThat(worker.claim(10)).hasSize(2);
        b.store().control("q", new QueueControl(true, 2));
        b.store().control("q", new QueueControl(false, 2));
        assertThat(worker.claim(10)).as("what ran through the pause counts").isEmpty();
    }

    @Test
    default void aChangeLeavesWhatItDoesNotName() {
        var b = bench();
        var store = b.store();
        store.control("q", QueueControl.Change.limit(4));
        store.control("q", QueueControl.Change.paused(true));
        assertThat(b.reopen().control("q")).isEqualTo(new QueueControl(true, 4));
        store.control("q", QueueControl.Change.limit(null));
        assertThat(store.control("q")).isEqualTo(new QueueControl(true, null));
        store.control("q", QueueControl.Change.limit(6));
        store.control("q", QueueControl.Change.paused(false));
        assertThat(store.control("q")).isEqualTo(new QueueControl(false, 6));
        store.control("q", new QueueControl.Change(null, false, null));
        assertThat(store.control("q")).isEqualTo(new QueueControl(false, 6));
        store.control("q", new QueueControl.Change(true, true, 1));
        assertThat(store.control("q")).isEqualTo(new QueueControl(true, 1));
        store.control("new", QueueControl.Change.paused(true));
        assertThat(store.control("new")).isEqualTo(new QueueControl(true, null));
    }

    @Test
    default void whoChangeDifferentThingsAtOnceDoNotUndoEachOther() throws Exception {
        var b = bench();
        var other = b.reopen();
        int rounds = 100;
        try (var pool = Executors.newFixedThreadPool(2)) {
            var together = new CyclicBarrier(2);
            for (int round = 1; round <= rounds; round++) {
                boolean pause = round % 2 == 1;
                int limit = round;
                var paused =
                        pool.submit(() -> {
                            together.await();
                            b.store().control("q", QueueControl.Change.paused(pause));
                            return true;
                        });
                var limited =
                        pool.submit(() -> {
                            together.await();
                            other.control("q", QueueControl.Change.limit(limit));
                            return true;
                        });
                assertThat(paused.get() && limited.get()).isTrue();
                assertThat(b.store().control("q"))
                        .as("round %d", round)
                        .isEqualTo(new QueueControl(pause, limit));
            }
        }
    }

    @Test
    default void aLimitIsExactOverTwoStoresAndManyThreads() throws Exception {
        int limit = 3;
        int jobs = 300;
        var b = bench();
        var other = b.reopen();
        limit(limit);
        b.enqueue(jobs, b.job());
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        var left = new AtomicInteger(jobs);
        try (var pool = Executors.newFixedThreadPool(6)) {
            var threads =
                    IntStream.range(0, 6)
                            .mapToObj(i ->
                                    pool.submit(
                                            new Taker(
                                                    b,
                                                    i % 2 == 0 ? b.store() : other,
                                                    now,
                                                    most,
                                                    left)))
                            .toList();
            for (var thread : threads) {
                thread.get();
            }
        }
        assertThat(most.get()).as("most at once").isBetween(1, limit);
        assertThat(left).hasValue(0);
    }

    /** A worker that takes jobs until none is left and watches how many run at once. */
    record Taker(
            Bench bench, JobStore store, AtomicInteger now, AtomicInteger most, AtomicInteger left)
            implements Runnable {
        @Override
        public void run() {
            var worker = bench.worker(store);
            worker.pulse();
            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (left.get() > 0) {
                assertThat(System.nanoTime()).as("all ran within 60 s").isLessThan(deadline);
                var jobs = worker.claim(2);
                // counted down before the store frees their places
                most.accumulateAndGet(now.addAndGet(jobs.size()), Math::max);
                for (var job : jobs) {
                    now.decrementAndGet();
                    worker.complete(job);
                    left.decrementAndGet();
                }
            }
        }
    }
}
