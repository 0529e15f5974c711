package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;
import dev.millrace.store.JobStore;
import dev.millrace.testkit.Seeds;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Keys that many want at once, in two processes. */
interface KeyRaceContract extends Contract {
    /** How many want a key at once. */
    int THREADS = 6;

    /** Runs work on that many threads, every second one on a store of its own. */
    private List<Accepted> race(RaceStep step) throws InterruptedException, ExecutionException {
        var other = bench().reopen();
        var answers = new ArrayList<Accepted>();
        try (var pool = Executors.newFixedThreadPool(THREADS)) {
            var together = new CyclicBarrier(THREADS);
            var threads = new ArrayList<Future<List<Accepted>>>();
            for (int i = 0; i < THREADS; i++) {
                int me = i;
                var store = i % 2 == 0 ? bench().store() : other;
                Callable<List<Accepted>> work =
                        () -> {
                            together.await();
                            return step.run(store, me);
                        };
                threads.add(pool.submit(work));
            }
            for (var thread : threads) {
                answers.addAll(thread.get());
            }
        }
        return answers;
    }

    /** What one thread does. */
    @FunctionalInterface
    interface RaceStep {
        /** Does it on its store. */
        List<Accepted> run(JobStore store, int thread);
    }

    @Test
    default void ofManyWhoWantAKeyAtOnceExactlyOneGetsIt() throws Exception {
        var b = bench();
        for (int round = 0; round < 20; round++) {
            var draft = b.job().unique("k" + round);
            var answers =
                    race((store, me) -> KeyFuzz.patiently(b, store, b.newJobs(List.of(draft))));
            var winners = answers.stream().filter(a -> a.how() == How.NEW).toList();
            assertThat(winners).as("%s", answers).hasSize(1);
            assertThat(answers)
                    .extracting(Accepted::jobId)
                    .containsOnly(winners.getFirst().jobId());
            assertThat(b.holder("k" + round)).isEqualTo(winners.getFirst().jobId());
        }
        assertThat(b.worker().claim(100)).hasSize(20);
    }

    @Test
    default void ofManyWithTheSameIdempotencyKeyExactlyOneIsAccepted() throws Exception {
        var b = bench();
        for (int round = 0; round < 10; round++) {
            var key = "i" + round;
            var answers =
                    race((store, me) -> {
                        var draft = b.job().idempotent(key, me < 3 ? "a" : "b");
                        return KeyFuzz.patiently(b, store, b.newJobs(List.of(draft)));
                    });
            assertThat(answers).filteredOn(a -> a.how() == How.NEW).hasSize(1);
            assertThat(answers).filteredOn(a -> a.how() == How.DUPLICATE).hasSize(2);
            assertThat(answers).filteredOn(a -> a.how() == How.CONFLICT).hasSize(3);
            assertThat(answers.stream().map(Accepted::jobId).distinct()).hasSize(1);
        }
        assertThat(b.worker().claim(100)).hasSize(10);
    }

    @Test
    default void batchesWithTheSameKeysInDifferentOrderNeitherDeadlockNorDuplicate()
            throws Exception {
        var b = bench();
        var answers =
                race((store, me) -> {
                    var all = new ArrayList<Accepted>();
                    for (int round = 0; round < 10; round++) {
                        var drafts = new ArrayList<Draft>();
                        for (int i = 0; i < 20; i++) {
                            int key = me % 2 == 0 ? i : 19 - i;
                            drafts.add(b.job().unique(round + "." + key));
                        }
                        all.addAll(KeyFuzz.patiently(b, store, b.newJobs(drafts)));
                    }
                    return all;
                });
        assertThat(answers).filteredOn(a -> a.how() == How.NEW).hasSize(200);
        assertThat(answers.stream().map(Accepted::jobId).distinct()).hasSize(200);
        assertThat(b.worker().claim(1000)).hasSize(200);
    }

    @Test
    default void ofManyReplacementsAtOnceTheLastOneWaitsAndAllOthersAreCancelled()
            throws Exception {
        var b = bench();
        var answers =
                race((store, me) -> {
                    var all = new ArrayList<Accepted>();
                    var answer = me % 3 == 0 ? OnConflict.DEBOUNCE : OnConflict.REPLACE;
                    for (int i = 0; i < 15; i++) {
                        var draft = b.job().unique("k", answer);
                        all.addAll(KeyFuzz.patiently(b, store, b.newJobs(List.of(draft))));
                    }
                    return all;
                });
        assertThat(answers).hasSize(15 * THREADS);
        assertThat(answers).filteredOn(a -> a.how() == How.NEW).hasSize(1);
        assertThat(answers).filteredOn(a -> a.how() == How.REPLACED).hasSize(15 * THREADS - 1);
        var waiting =
                answers.stream()
                        .map(Accepted::jobId)
                        .filter(id -> b.stateName(id) == JobState.Name.AVAILABLE)
                        .toList();
        assertThat(waiting).containsExactly(b.holder("k"));
        var names = new HashSet<JobState.Name>();
        answers.forEach(a -> names.add(b.stateName(a.jobId())));
        assertThat(names)
                .containsExactlyInAnyOrder(JobState.Name.AVAILABLE, JobState.Name.CANCELLED);
    }

    @Test
    default void noTwoJobsOfAKeyRunAtOnceWhileManyEnqueueRunAndEndThem() throws Exception {
        long seed = Seeds.draw("keys kept");
        new KeyFuzz(bench(), seed, List.of(OnConflict.KEEP)).run();
    }

    @Test
    default void jobsReplacedAndDeletedByManyAtOnceLeaveNoKeyAndNoJobBehind() throws Exception {
        long seed = Seeds.draw("keys replaced");
        new KeyFuzz(bench(), seed, List.of(OnConflict.values())).run();
    }
}
