package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;

/** Accepting jobs. */
interface EnqueueContract extends Contract {
    @Test
    default void anAcceptedJobIsAvailableAtOnce() {
        long id = bench().enqueue(bench().job().with("{\"to\":\"a@b.c\"}").tagged("x", "y").at(7));
        var job = bench().find(id);
        assertThat(job.state()).isEqualTo(new JobState.Available());
        assertThat(job.kind()).isEqualTo("work");
        assertThat(job.version()).isEqualTo(1);
        assertThat(job.queue()).isEqualTo("q");
        assertThat(job.priority()).isEqualTo(7);
        assertThat(job.payload()).isEqualTo("{\"to\":\"a@b.c\"}");
        assertThat(job.tags()).containsExactly("x", "y");
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(job.maxAttempts()).isEqualTo(10);
        assertThat(job.createdAt()).isEqualTo(bench().now());
        assertThat(job.attempts()).isEmpty();
    }

    @Test
    default void aDelayedJobIsScheduledAndNotClaimed() {
        var due = bench().now().plus(Duration.ofHours(1));
        long id = bench().enqueue(bench().job().due(due));
        assertThat(bench().state(id)).isEqualTo(new JobState.Scheduled(due, false));
        assertThat(bench().worker().claim(10)).isEmpty();
    }

    @Test
    default void aJobDueInThePastIsAvailableAtOnce() {
        long id = bench().enqueue(bench().job().due(Instant.EPOCH));
        assertThat(bench().state(id)).isEqualTo(new JobState.Available());
        assertThat(bench().worker().claim(10)).hasSize(1);
    }

    @Test
    default void enqueuingNothingDoesNothing() {
        bench().store().enqueue(List.of(), false);
        bench().store().enqueue(List.of(), true);
        assertThat(bench().store().queues()).isEmpty();
    }

    @Test
    default void aCallMayBringAvailableAndDelayedJobsOfManyQueuesAndKinds() {
        var b = bench();
        var ids =
                b.enqueue(
                        b.job(),
                        b.job().in("other"),
                        b.job().of(new KindVersion("else", 3)),
                        b.job().due(b.now().plusSeconds(60)),
                        b.job().at(0),
                        b.job().at(9));
        assertThat(ids.stream().map(b::stateName))
                .containsExactly(
                        JobState.Name.AVAILABLE,
                        JobState.Name.AVAILABLE,
                        JobState.Name.AVAILABLE,
                        JobState.Name.SCHEDULED,
                        JobState.Name.AVAILABLE,
                        JobState.Name.AVAILABLE);
    }

    @Test
    default void tenThousandJobsAreAcceptedInOneCall() {
        var ids = bench().enqueue(10_000, bench().job());
        assertThat(bench().worker().claim(1000)).hasSize(1000);
        assertThat(bench().stateName(ids.getLast())).isEqualTo(JobState.Name.AVAILABLE);
    }

    @Test
    default void aSecondEnqueueOfAnIdIsRefusedAndNothingOfThatCallIsKept() {
        var b = bench();
        long known = b.enqueue(b.job());
        var fresh = b.newJobs(List.of(b.job(), b.job()));
        var again = b.job().job(known, b.now());
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(
                        () -> b.store().enqueue(List.of(fresh.get(0), again, fresh.get(1)), false));
        assertThat(b.store().find(fresh.get(0).id())).isEmpty();
        assertThat(b.store().find(fresh.get(1).id())).isEmpty();
        assertThat(b.stateName(known)).isEqualTo(JobState.Name.AVAILABLE);
    }

    @Test
    default void aResendAfterALostAnswerLeavesOneJob() {
        var b = bench();
        var jobs = b.newJobs(Collections.nCopies(3, b.job()));
        b.store().enqueue(jobs, false);
        b.store().enqueue(jobs, true);
        b.store().enqueue(jobs, true);
        var ids = b.accepted(jobs);
        assertThat(Bench.ids(b.worker().claim(100))).containsExactlyElementsOf(ids);
    }

    @Test
    default void aResendOfWhatNeverArrivedAcceptsIt() {
        var b = bench();
        var jobs = b.newJobs(List.of(b.job(), b.job().due(b.now().plusSeconds(60))));
        b.store().enqueue(jobs, true);
        b.accepted(jobs);
        assertThat(b.stateName(jobs.get(0).id())).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(b.stateName(jobs.get(1).id())).isEqualTo(JobState.Name.SCHEDULED);
    }

    @Test
    default void aResendLeavesJobsThatHaveMovedOnAsTheyAre() {
        var b = bench();
        var jobs = b.newJobs(Collections.nCopies(4, b.job()));
        b.store().enqueue(jobs.subList(0, 3), false);
        var worker = b.worker();
        var claimed = worker.claim(2);
        worker.complete(claimed.get(0));
        b.store().enqueue(jobs, true);
        b.accepted(jobs);
        assertThat(jobs.stream().map(NewJob::id).map(b::stateName))
                .containsExactly(
                        JobState.Name.COMPLETED,
                        JobState.Name.RUNNING,
                        JobState.Name.AVAILABLE,
                        JobState.Name.AVAILABLE);
        assertThat(Bench.ids(worker.claim(10))).containsExactly(jobs.get(2).id(), jobs.get(3).id());
    }

    @Test
    default void idBlocksOfTwoStoresNeverOverlap() throws Exception {
        var other = bench().reopen();
        var seen = new ConcurrentSkipListSet<Long>();
        try (var threads = Executors.newFixedThreadPool(4)) {
            var work =
                    LongStream.range(0, 4)
                            .mapToObj(n ->
                                    threads.submit(() -> {
                                        var store = n % 2 == 0 ? bench().store() : other;
                                        for (int i = 1; i <= 50; i++) {
                                            reserve(store, i, seen);
                                        }
                                    }))
                            .toList();
            for (var done : work) {
                done.get();
            }
        }
        assertThat(seen).hasSize(4 * 50 * 51 / 2);
        assertThat(seen.first()).isPositive();
    }

    private static void reserve(JobStore store, int count, ConcurrentSkipListSet<Long> seen) {
        var block = store.reserveIds(count);
        assertThat(block.count()).isEqualTo(count);
        for (int i = 0; i < count; i++) {
            assertThat(seen.add(block.first() + i)).as("id is new").isTrue();
        }
    }

    @Test
    default void aLargeIdBlockIsReservedAtOnce() {
        assertThat(bench().store().reserveIds(100_000).count()).isEqualTo(100_000);
        assertThat(bench().store().reserveIds(1).count()).isEqualTo(1);
    }

    @Test
    default void jobsEnqueuedByOneStoreAreClaimedThroughAnother() {
        long id = bench().enqueue(bench().job());
        var worker = bench().worker(bench().reopen());
        ClaimedJob job = worker.claimOnly(id);
        worker.complete(job);
        assertThat(bench().stateName(id)).isEqualTo(JobState.Name.COMPLETED);
    }
}
