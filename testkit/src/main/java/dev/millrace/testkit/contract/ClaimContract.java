package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.JobClaim;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Taking jobs, holding them, giving them back. */
interface ClaimContract extends Contract {
    @Test
    default void nothingIsClaimedFromAnEmptyStore() {
        assertThat(bench().worker().claim(10)).isEmpty();
    }

    @Test
    default void aClaimedJobIsRunningAndCarriesAllThatRunningItNeeds() {
        var b = bench();
        long id = b.enqueue(b.job().with("[1,2]").tagged("t").at(6));
        var createdAt = b.now();
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var claimedAt = b.now();
        assertThat(job)
                .isEqualTo(
                        new ClaimedJob(
                                id,
                                job.claimId(),
                                "q",
                                "work",
                                1,
                                6,
                                "[1,2]",
                                1,
                                0,
                                10,
                                null,
                                List.of("t"),
                                createdAt));
        assertThat(b.state(id)).isEqualTo(new JobState.Running(worker.id(), claimedAt));
    }

    @Test
    default void higherPriorityComesFirstThenFirstComeFirstServed() {
        var b = bench();
        var first = b.enqueue(b.job().at(4), b.job().at(9), b.job().at(0), b.job().at(4));
        var later = b.enqueue(b.job().at(9), b.job().at(4), b.job().at(5));
        assertThat(Bench.ids(b.worker().claim(100)))
                .containsExactly(
                        first.get(1),
                        later.get(0),
                        later.get(2),
                        first.get(0),
                        first.get(3),
                        later.get(1),
                        first.get(2));
    }

    @Test
    default void kindsOfOnePriorityAreTakenInTheOrderTheyCameNotKindByKind() {
        var b = bench();
        var other = new KindVersion("other", 1);
        var ids = new ArrayList<Long>();
        for (int i = 0; i < 10; i++) {
            ids.add(b.enqueue(i % 2 == 0 ? b.job() : b.job().of(other)));
        }
        var worker = b.worker();
        var kinds = Set.of(Bench.WORK, other);
        assertThat(Bench.ids(worker.claim("q", kinds, 5))).isEqualTo(ids.subList(0, 5));
        assertThat(Bench.ids(worker.claim("q", kinds, 5))).isEqualTo(ids.subList(5, 10));
    }

    @Test
    default void anUrgentJobOvertakesWhatWaitsAlready() {
        var b = bench();
        b.enqueue(5, b.job());
        var worker = b.worker();
        worker.claim("q", Set.of(Bench.WORK), 2, false);
        long urgent = b.enqueue(b.job().at(9));
        assertThat(Bench.ids(worker.claim("q", Set.of(Bench.WORK), 1, false)))
                .containsExactly(urgent);
    }

    @Test
    default void aClaimTakesNoMoreThanAskedFor() {
        bench().enqueue(7, bench().job());
        var worker = bench().worker();
        assertThat(worker.claim(3)).hasSize(3);
        assertThat(worker.claim(3)).hasSize(3);
        assertThat(worker.claim(3)).hasSize(1);
        assertThat(worker.claim(3)).isEmpty();
    }

    @Test
    default void aClaimTakesNoMorePayloadThanItsBoundAndLosesNothingByIt() {
        var b = bench();
        int size = 1 << 20;
        var large = b.job().with("\"" + "x".repeat(size - 2) + "\"");
        int fitting = ClaimRequest.MAX_BYTES / size;
        var ids = new ArrayList<>(b.enqueue(fitting + 1, large));
        ids.addAll(b.enqueue(5, b.job()));
        var worker = b.worker();
        assertThat(Bench.ids(worker.claim(100))).isEqualTo(ids.subList(0, fitting));
        var left = ids.subList(fitting, ids.size());
        var taken = new ArrayList<Long>();
        for (int i = 0; i < ids.size() && taken.size() < left.size(); i++) {
            taken.addAll(Bench.ids(worker.claim("q", Set.of(Bench.WORK), 100, false)));
        }
        assertThat(taken).isEqualTo(left);
    }

    @Test
    default void aJobLargerThanTheBoundIsClaimedByItself() {
        var b = bench();
        var huge = b.job().with("\"" + "x".repeat(ClaimRequest.MAX_BYTES) + "\"");
        long small = b.enqueue(b.job());
        long first = b.enqueue(huge);
        long second = b.enqueue(huge);
        var worker = b.worker();
        assertThat(Bench.ids(worker.claim(10))).containsExactly(small);
        assertThat(Bench.ids(worker.claim(10))).containsExactly(first);
        assertThat(Bench.ids(worker.claim(10))).containsExactly(second);
    }

    @Test
    default void claimsLookOnlyIntoTheirQueue() {
        var b = bench();
        b.enqueue(b.job());
        long there = b.enqueue(b.job().in("elsewhere"));
        assertThat(Bench.ids(b.worker().claim("elsewhere", Set.of(Bench.WORK), 10)))
                .containsExactly(there);
        assertThat(b.worker().claim("nowhere", Set.of(Bench.WORK), 10)).isEmpty();
    }

    @Test
    default void unknownKindsAndVersionsWaitForAWorkerThatKnowsThem() {
        var b = bench();
        var second = new KindVersion("work", 2);
        var other = new KindVersion("other", 1);
        var ids = b.enqueue(b.job().of(other).at(9), b.job().of(second).at(8), b.job());
        var worker = b.worker();
        assertThat(Bench.ids(worker.claim(10))).containsExactly(ids.get(2));
        assertThat(worker.claim("q", Set.of(), 10)).isEmpty();
        assertThat(Bench.ids(worker.claim("q", Set.of(other, second), 10)))
                .containsExactly(ids.get(0), ids.get(1));
    }

    @Test
    default void manyJobsOfAnUnknownKindDoNotHideAKnownOne() {
        var b = bench();
        b.enqueue(2000, b.job().of(new KindVersion("other", 1)).at(9));
        long known = b.enqueue(b.job().at(0));
        assertThat(Bench.ids(b.worker().claim("q", Set.of(Bench.WORK), 1, false)))
                .containsExactly(known);
    }

    @Test
    default void aRememberedPositionMissesNothingInTheEnd() {
        var b = bench();
        var worker = b.worker();
        var taken = new ArrayList<Long>();
        var given = new ArrayList<Long>();
        for (int round = 0; round < 5; round++) {
            given.addAll(b.enqueue(3, b.job()));
            var claimed = worker.claim("q", Set.of(Bench.WORK), 2, false);
            taken.addAll(Bench.ids(claimed));
            if (round % 2 == 0 && !claimed.isEmpty()) {
                worker.giveBack(claimed.getLast());
                taken.removeLast();
            }
        }
        taken.addAll(Bench.ids(worker.claim(100)));
        assertThat(taken).containsExactlyInAnyOrderElementsOf(given);
    }

    @Test
    default void claimsByTwoWorkersNeverOverlap() throws Exception {
        var b = bench();
        var ids = new ArrayList<Long>();
        for (int i = 0; i < 4; i++) {
            ids.addAll(b.enqueue(250, b.job().at(i)));
        }
        var workers = List.of(b.worker(), b.worker(b.reopen()), b.worker(), b.worker());
        var results = new ArrayList<Future<List<Long>>>();
        try (var threads = Executors.newFixedThreadPool(workers.size())) {
            for (var worker : workers) {
                results.add(threads.submit(() -> drain(worker)));
            }
        }
        var taken = new ArrayList<Long>();
        for (var result : results) {
            taken.addAll(result.get());
        }
        assertThat(taken).containsExactlyInAnyOrderElementsOf(ids);
    }

    private static List<Long> drain(Hand worker) {
        var taken = new ArrayList<Long>();
        while (true) {
            var jobs = worker.claim(17);
            if (jobs.isEmpty()) {
                return taken;
            }
            taken.addAll(Bench.ids(jobs));
        }
    }

    @Test
    default void aWorkerThatWasNeverRegisteredClaimsNothing() {
        bench().enqueue(bench().job());
        var stranger = new Hand(bench(), bench().store(), 999_999_999L);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> stranger.claim(1))
                .extracting(MillraceException::code)
                .isEqualTo(MillraceException.Code.WORKER_LOST);
    }

    @Test
    default void aJobGivenBackIsAvailableAndNothingIsSpent() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        assertThat(worker.giveBack(worker.claimOnly(id))).isTrue();
        var job = b.find(id);
        assertThat(job.state()).isEqualTo(new JobState.Available());
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(job.attempts()).isEmpty();
        assertThat(worker.claimOnly(id).rescues()).isZero();
    }

    @Test
    default void onlyWhatIsHeldIsGivenBack() {
        var b = bench();
        b.enqueue(4, b.job());
        var worker = b.worker();
        var jobs = worker.claim(3);
        worker.complete(jobs.get(0));
        assertThat(
                        b.store()
                                .giveBack(
                                        worker.id(),
                                        List.of(
                                                jobs.get(0).claim(),
                                                jobs.get(1).claim(),
                                                new JobClaim(jobs.get(2).id(), 12345),
                                                new JobClaim(999_999_999L, 1))))
                .isEqualTo(1);
        assertThat(b.stateName(jobs.get(0).id())).isEqualTo(JobState.Name.COMPLETED);
        assertThat(b.stateName(jobs.get(1).id())).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(b.stateName(jobs.get(2).id())).isEqualTo(JobState.Name.RUNNING);
    }

    @Test
    default void aJobGivenBackTwiceAndClaimedInBetweenStaysWithItsNewClaim() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var old = worker.claimOnly(id);
        assertThat(worker.giveBack(old)).isTrue();
        worker.claimOnly(id);
        assertThat(worker.giveBack(old)).isFalse();
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.RUNNING);
    }

    @Test
    default void givingBackNothingReturnsNothing() {
        assertThat(bench().store().giveBack(bench().worker().id(), List.of())).isZero();
    }

    @Test
    default void aWorkerCanListWhatStandsUnderItsName() {
        var b = bench();
        b.enqueue(5, b.job());
        var worker = b.worker();
        var other = b.worker();
        var mine = worker.claim(3);
        other.claim(2);
        var claims = mine.stream().map(ClaimedJob::claim).toList();
        assertThat(b.store().held(worker.id(), 0, 100)).isEqualTo(claims);
        assertThat(b.store().held(worker.id(), 0, 2)).isEqualTo(claims.subList(0, 2));
        assertThat(b.store().held(worker.id(), claims.get(1).jobId(), 2))
                .isEqualTo(claims.subList(2, 3));
        assertThat(b.store().held(worker.id(), claims.get(2).jobId(), 2)).isEmpty();
        assertThat(b.store().held(999_999_999L, 0, 2)).isEmpty();
    }

    @Test
    default void aClaimWhoseAnswerWasLostIsFoundAndGivenBackUnspent() {
        var b = bench();
        var ids = b.enqueue(3, b.job());
        var worker = b.worker();
        var known = worker.claimOne();
        worker.claim(2);
        var strangers =
                b.store().held(worker.id(), 0, 100).stream()
                        .filter(claim -> !claim.equals(known.claim()))
                        .toList();
        assertThat(b.store().giveBack(worker.id(), strangers)).isEqualTo(2);
        assertThat(Bench.ids(b.worker().claim(10)))
                .containsExactlyInAnyOrder(ids.get(1), ids.get(2));
    }
}
