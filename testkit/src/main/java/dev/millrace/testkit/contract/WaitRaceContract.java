package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.store.Carried;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Ending.Next.Waiting;
import dev.millrace.store.JobStore;
import dev.millrace.store.Recorded;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Signals, waits and reports that meet, in two processes. */
interface WaitRaceContract extends Contract {
    /** How often each race is run. */
    int ROUNDS = 60;

    /** How many jobs take part in each round. */
    int JOBS = 6;

    /** Does all of it at once and waits for the end. */
    private static void race(List<Callable<?>> parts)
            throws InterruptedException, ExecutionException {
        try (var pool = Executors.newFixedThreadPool(parts.size())) {
            var together = new CyclicBarrier(parts.size());
            var threads = new ArrayList<Future<?>>();
            for (var part : parts) {
                threads.add(
                        pool.submit(() -> {
                            together.await();
                            return part.call();
                        }));
            }
            for (var thread : threads) {
                thread.get();
            }
        }
    }

    private List<ClaimedJob> claimed(Hand worker) {
        bench().enqueue(JOBS, bench().job());
        var jobs = worker.claim(JOBS);
        assertThat(jobs).hasSize(JOBS);
        return jobs;
    }

    private List<Ending> waits(Hand worker, List<ClaimedJob> jobs, int seen) {
        return jobs.stream()
                .map(job -> worker.ends(job).waiting("go", seen, Waiting.FOR_EVER))
                .toList();
    }

    private Callable<?> send(JobStore store, List<ClaimedJob> jobs) {
        return () -> {
            for (var job : jobs) {
                store.reports().signal(job.id(), "go", "1", bench().tick());
            }
            return true;
        };
    }

    private Callable<?> park(JobStore store, List<Ending> endings) {
        return () -> {
            assertThat(store.complete(endings)).containsOnly(Recorded.RECORDED);
            return true;
        };
    }

    private void areAwake(Hand worker, List<ClaimedJob> jobs, int signals) {
        var b = bench();
        b.promoteAll();
        b.settleAll();
        for (var job : jobs) {
            assertThat(b.stateName(job.id()))
                    .as("job %d", job.id())
                    .isEqualTo(JobState.Name.AVAILABLE);
            assertThat(b.store().reports().carried(job.id()).signals()).hasSize(signals);
        }
        var again = worker.claim(JOBS + 1);
        assertThat(again).hasSize(JOBS);
        again.forEach(worker::complete);
    }

    @Test
    default void aSignalThatMeetsTheWaitForItIsNeverMissed() throws Exception {
        var b = bench();
        var here = b.worker();
        var other = b.reopen();
        for (int round = 0; round < ROUNDS; round++) {
            var jobs = claimed(here);
            var sender = round % 2 == 0 ? b.store() : other;
            race(List.of(park(b.store(), waits(here, jobs, 0)), send(sender, jobs.reversed())));
            areAwake(here, jobs, 1);
        }
    }

    @Test
    default void ofManySignalsThatMeetTheWaitNoneIsLostAndTheJobWakesOnce() throws Exception {
        var b = bench();
        var here = b.worker();
        var other = b.reopen();
        for (int round = 0; round < ROUNDS / 2; round++) {
            var jobs = claimed(here);
            race(
                    List.of(
                            send(b.store(), jobs),
                            send(other, jobs.reversed()),
                            park(b.store(), waits(here, jobs, 1)),
                            send(other, jobs)));
            areAwake(here, jobs, 3);
        }
    }

    @Test
    default void aSignalThatMeetsTheEndOfTheWaitLeavesOnePosition() throws Exception {
        var b = bench();
        var here = b.worker();
        var other = b.reopen();
        for (int round = 0; round < ROUNDS / 2; round++) {
            var jobs = claimed(here);
            var until = b.now().plusSeconds(1);
            here.report(jobs.stream().map(job -> here.ends(job).waiting("go", 0, until)).toList());
            var due = b.advance(Duration.ofSeconds(2));
            var ids = Bench.ids(jobs);
            race(
                    List.of(
                            send(b.store(), jobs),
                            () -> other.promote(due, 100),
                            () -> other.retry(ids, due)));
            areAwake(here, jobs, 1);
        }
    }

    @Test
    default void aSignalThatMeetsACancellationWakesNoEndedJob() throws Exception {
        var b = bench();
        var here = b.worker();
        var other = b.reopen();
        for (int round = 0; round < ROUNDS / 2; round++) {
            var jobs = claimed(here);
            here.report(waits(here, jobs, 0));
            var ids = Bench.ids(jobs);
            race(
                    List.of(
                            send(b.store(), jobs),
                            () -> other.cancel(ids, "no", b.tick()),
                            send(other, jobs.reversed())));
            b.settleAll();
            assertThat(ids.stream().map(b::stateName)).containsOnly(JobState.Name.CANCELLED);
        }
        assertThat(here.claim(10)).isEmpty();
    }

    @Test
    default void aSignalThatMeetsTheRemovalOfItsJobLeavesNothingBehind() throws Exception {
        var b = bench();
        var here = b.worker();
        var other = b.reopen();
        for (int round = 0; round < ROUNDS / 2; round++) {
            var jobs = claimed(here);
            var ids = Bench.ids(jobs);
            b.pruned(ids);
            race(
                    List.of(
                            send(b.store(), jobs),
                            () -> {
                                here.report(
                                        jobs.stream()
                                                .map(job -> here.ends(job).completed(null))
                                                .toList());
                                return other.delete(ids);
                            },
                            send(other, jobs.reversed())));
            assertThat(b.store().delete(ids)).isEmpty();
            assertThat(b.leftovers()).isEmpty();
        }
    }

    @Test
    default void whatWasAnsweredAsRecordedIsWhatTheNextAttemptFinds() throws Exception {
        var b = bench();
        var other = b.reopen();
        for (int round = 0; round < ROUNDS / 3; round++) {
            var dead = b.worker(other);
            var jobs = claimed(dead);
            long beat = b.sighting(dead).beat();
            var recorded = new long[JOBS];
            race(
                    List.of(
                            () -> report(other, dead, jobs, recorded),
                            () -> b.bury(dead.id(), beat, 2),
                            send(b.store(), jobs)));
            for (int i = 0; i < JOBS; i++) {
                var carried = b.store().reports().carried(jobs.get(i).id());
                var checkpoint = carried.checkpoint();
                assertThat(checkpoint == null ? 0 : checkpoint.number()).isEqualTo(recorded[i]);
                assertThat(carried.steps()).hasSize((int) recorded[i]);
                assertThat(carried.signals()).containsExactly(new Carried.Signal("go", "1"));
            }
            var next = b.worker();
            next.claim(JOBS + 1).forEach(next::complete);
        }
    }

    /** Reports again and again until every claim is lost. */
    private static boolean report(
            JobStore store, Hand worker, List<ClaimedJob> jobs, long[] recorded) {
        int lost = 0;
        for (int n = 1; lost < JOBS && n < 100_000; n++) {
            lost = 0;
            int number = n;
            var slips =
                    jobs.stream()
                            .map(job ->
                                    worker.says(job)
                                            .checkpoint(number, "" + number)
                                            .step(number, "s" + number, "1")
                                            .report())
                            .toList();
            var answers = store.reports().report(slips);
            for (int i = 0; i < JOBS; i++) {
                if (answers.get(i) == Recorded.RECORDED) {
                    assertThat(recorded[i]).isEqualTo(n - 1);
                    recorded[i] = n;
                } else {
                    lost++;
                }
            }
        }
        assertThat(lost).isEqualTo(JOBS);
        return true;
    }
}
