package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.store.Recorded;
import dev.millrace.store.Settled;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Times to live, and the carrying out of requests to cancel what ran when it was asked. */
interface SettleContract extends Contract {
    private Draft shortLived() {
        return bench().job().ttl(Duration.ofSeconds(10));
    }

    private Instant expiry(long id) {
        return Objects.requireNonNull(bench().find(id).terms().expiresAt(), "expiry");
    }

    private void assertExpired(long id, Instant at, int attempt) {
        var job = bench().find(id);
        assertThat(job.state()).isEqualTo(new JobState.Expired(at));
        var last = job.attempts().getLast();
        assertThat(last.end()).isEqualTo(Attempt.End.EXPIRED);
        assertThat(last.worker()).isZero();
        assertThat(last.number()).isEqualTo(attempt);
        assertThat(last.startedAt()).isEqualTo(at);
        assertThat(last.endedAt()).isEqualTo(at);
        assertThat(bench().store().ended(List.of(id))).containsEntry(id, new JobState.Expired(at));
    }

    /** Past every expiry, nothing expires, and nothing is left to look at. */
    private void assertNothingExpires() {
        bench().advance(Duration.ofHours(1));
        assertThat(bench().settleAll()).isEqualTo(new Settled(0, 0, null));
    }

    @Test
    default void nothingIsSettledWhenNothingIsDue() {
        var b = bench();
        b.enqueue(b.job(), b.job().due(b.now().plusSeconds(60)));
        assertThat(b.store().settle(b.tick(), 100)).isEqualTo(new Settled(0, 0, null));
        assertThat(b.worker().pulse().nextSettle()).isNull();
    }

    @Test
    default void anAvailableJobExpiresAtItsMomentAndNotAMicrosecondBefore() {
        var b = bench();
        long id = b.enqueue(shortLived());
        var at = expiry(id);
        assertThat(b.store().settle(at.minusNanos(1000), 100)).isEqualTo(new Settled(0, 0, at));
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(b.store().settle(at, 100)).isEqualTo(new Settled(1, 0, null));
        assertExpired(id, at, 1);
        assertThat(b.find(id).attempts()).hasSize(1);
        b.advance(Duration.ofHours(1));
        assertThat(b.worker().claim(10)).isEmpty();
        assertThat(b.store().settle(b.now(), 100)).isEqualTo(new Settled(0, 0, null));
    }

    @Test
    default void aScheduledJobExpiresAndIsNeverPromoted() {
        var b = bench();
        var due = b.now().plusSeconds(60);
        long scheduled = b.enqueue(shortLived().due(due));
        long promoted = b.enqueue(shortLived().due(b.now().plusSeconds(1)));
        b.advance(Duration.ofSeconds(2));
        assertThat(b.promoteAll()).isEqualTo(1);
        b.advance(Duration.ofSeconds(20));
        var now = b.now();
        assertThat(b.store().settle(now, 100).expired()).isEqualTo(2);
        assertExpired(scheduled, now, 1);
        assertExpired(promoted, now, 1);
        b.advance(Duration.ofSeconds(60));
        assertThat(b.promoteAll()).isZero();
        assertThat(b.worker().claim(10)).isEmpty();
    }

    @Test
    default void aJobThatStartedOnceNeverExpires() {
        var b = bench();
        var worker = b.worker();
        long failed = b.enqueue(shortLived());
        worker.fail(worker.claimOnly(failed), Duration.ofHours(2));
        long snoozed = b.enqueue(shortLived());
        var job = worker.claimOnly(snoozed);
        worker.report(worker.ends(job).snoozed(b.now().plusSeconds(10_000)));
        long rescued = b.enqueue(shortLived());
        var dead = b.worker();
        dead.claimOnly(rescued);
        b.bury(dead);
        var again = worker.claimOnly(rescued);
        long interrupted = b.enqueue(shortLived());
        var third = worker.claimOnly(interrupted);
        worker.report(worker.ends(third).interrupted());
        worker.giveBack(again);
        assertNothingExpires();
        assertThat(Bench.ids(worker.claim(10))).containsExactlyInAnyOrder(rescued, interrupted);
        b.advance(Duration.ofHours(3));
        assertThat(b.promoteAll()).isEqualTo(2);
        assertThat(Bench.ids(worker.claim(10))).containsExactlyInAnyOrder(failed, snoozed);
    }

    @Test
    default void aRunningJobIsLeftAlone() {
        var b = bench();
        long id = b.enqueue(shortLived());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        assertNothingExpires();
        assertThat(worker.complete(job)).isEqualTo(Recorded.RECORDED);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.COMPLETED);
    }

    @Test
    default void aJobGivenBackBeforeItStartedStillExpires() {
        var b = bench();
        long id = b.enqueue(shortLived());
        var worker = b.worker();
        worker.giveBack(worker.claimOnly(id));
        b.advance(Duration.ofSeconds(11));
        var now = b.now();
        assertThat(b.store().settle(now, 100)).isEqualTo(new Settled(1, 0, null));
        assertExpired(id, now, 1);
    }

    @Test
    default void aJobWhoseTimePassedInAWorkersHandsExpiresWhenItIsGivenBackUnstarted() {
        var b = bench();
        long id = b.enqueue(shortLived());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        b.advance(Duration.ofSeconds(11));
        b.settleAll();
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.RUNNING);
        worker.giveBack(job);
        assertThat(worker.pulse().nextSettle()).isNotNull().isBeforeOrEqualTo(b.now());
        var now = b.tick();
        assertThat(b.store().settle(now, 100)).isEqualTo(new Settled(1, 0, null));
        assertExpired(id, now, 1);
    }

    @Test
    default void aDiscardedJobRetriedByHandDoesNotExpire() {
        var b = bench();
        long id = b.enqueue(shortLived());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        worker.report(worker.ends(job).discarded("no"));
        b.store().retry(List.of(id), b.tick());
        assertNothingExpires();
        worker.claimOnly(id);
    }

    @Test
    default void stepsAreBoundedAndTellWhenToGoOn() {
        var b = bench();
        var ids = b.enqueue(5, shortLived());
        long later = b.enqueue(b.job().ttl(Duration.ofHours(5)));
        var now = b.advance(Duration.ofSeconds(60));
        int expired = 0;
        for (int i = 0; i < 2; i++) {
            var step = b.store().settle(now, 2);
            assertThat(step).isEqualTo(new Settled(2, 0, now));
            expired += step.expired();
        }
        assertThat(b.store().settle(now, 2)).isEqualTo(new Settled(1, 0, expiry(later)));
        assertThat(expired).isEqualTo(4);
        for (long id : ids) {
            assertThat(b.stateName(id)).isEqualTo(JobState.Name.EXPIRED);
        }
        assertThat(b.stateName(later)).isEqualTo(JobState.Name.AVAILABLE);
    }

    @Test
    default void theEarliestExpireFirst() {
        var b = bench();
        var ids = new ArrayList<Long>();
        for (int i : List.of(3, 1, 2)) {
            ids.add(b.enqueue(b.job().ttl(Duration.ofSeconds(i))));
        }
        b.advance(Duration.ofSeconds(60));
        for (int next : List.of(1, 2, 0)) {
            assertThat(b.store().settle(b.now(), 1).expired()).isEqualTo(1);
            assertThat(b.stateName(ids.get(next))).isEqualTo(JobState.Name.EXPIRED);
        }
    }

    @Test
    default void manyJobsExpireInSteps() {
        var b = bench();
        b.enqueue(2500, shortLived());
        b.enqueue(10, b.job());
        b.advance(Duration.ofSeconds(60));
        assertThat(b.store().settle(b.now(), 1000).expired()).isEqualTo(1000);
        assertThat(b.settleAll()).isEqualTo(new Settled(1500, 0, null));
        assertThat(b.worker().claim(100)).hasSize(10);
    }

    @Test
    default void aPulseTellsWhenTheNextJobExpires() {
        var b = bench();
        b.enqueue(b.job().ttl(Duration.ofHours(2)));
        long first = b.enqueue(b.job().ttl(Duration.ofHours(1)));
        assertThat(b.worker().pulse().nextSettle()).isEqualTo(expiry(first));
    }

    @Test
    default void aRunningJobThatSomebodyCancelledIsCancelledWhenItWaitsAgain() {
        var b = bench();
        var worker = b.worker();
        var ids = b.enqueue(5, b.job());
        var dead = b.worker();
        var rescued = dead.claimOnly(ids.get(0));
        var jobs = worker.claim(4);
        b.store().cancel(ids, "not wanted", b.tick());
        worker.fail(jobs.get(0), Duration.ZERO);
        worker.fail(jobs.get(1), Duration.ofHours(1));
        var snoozed = worker.ends(jobs.get(2));
        worker.report(snoozed.snoozed(b.now()));
        worker.giveBack(jobs.get(3));
        b.bury(dead);
        var now = b.tick();
        assertThat(b.store().settle(now, 100)).isEqualTo(new Settled(0, 5, null));
        for (long id : ids) {
            var job = b.find(id);
            assertThat(job.state()).isEqualTo(new JobState.Cancelled(now));
            var last = job.attempts().getLast();
            assertThat(last.end()).isEqualTo(Attempt.End.CANCELLED);
            assertThat(last.worker()).isZero();
            assertThat(Objects.requireNonNull(last.error()).message()).isEqualTo("not wanted");
        }
        assertThat(b.find(rescued.id()).attempts())
                .extracting(Attempt::end)
                .containsExactly(Attempt.End.RESCUED, Attempt.End.CANCELLED);
        assertThat(b.find(jobs.get(3).id()).attempts()).hasSize(1);
        b.advance(Duration.ofHours(2));
        assertThat(b.promoteAll()).isZero();
        assertThat(worker.claim(10)).isEmpty();
    }

    @Test
    default void whileACancelledJobRunsSettlingLooksAgainWithinASecond() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        b.store().cancel(List.of(id), "no", b.tick());
        var now = b.tick();
        var step = b.store().settle(now, 100);
        assertThat(step.expired() + step.cancelled()).isZero();
        assertThat(step.next()).isBetween(now, now.plusSeconds(1));
        assertThat(b.worker().pulse().nextSettle())
                .isNotNull()
                .isBeforeOrEqualTo(b.now().plusSeconds(1));
        worker.complete(job);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.COMPLETED);
        assertThat(b.settleAll()).isEqualTo(new Settled(0, 0, null));
        assertThat(worker.pulse().nextSettle()).isNull();
    }

    @Test
    default void aRequestIsDroppedWhenItsJobHasEndedHoweverItEnded() {
        var b = bench();
        var worker = b.worker();
        var ids = b.enqueue(4, b.job());
        var jobs = worker.claim(4);
        b.store().cancel(ids, "no", b.tick());
        worker.complete(jobs.get(0));
        worker.report(worker.ends(jobs.get(1)).skipped("no"));
        worker.report(worker.ends(jobs.get(2)).cancelled());
        worker.report(worker.ends(jobs.get(3)).discarded("no"));
        assertThat(b.settleAll()).isEqualTo(new Settled(0, 0, null));
        assertThat(ids.stream().map(b::stateName))
                .containsExactly(
                        JobState.Name.COMPLETED,
                        JobState.Name.COMPLETED,
                        JobState.Name.CANCELLED,
                        JobState.Name.DISCARDED);
        b.store().retry(List.of(ids.get(3)), b.tick());
        assertThat(b.settleAll()).isEqualTo(new Settled(0, 0, null));
        worker.claimOnly(ids.get(3));
    }

    @Test
    default void requestsThatStandHideNoOthers() {
        var b = bench();
        var ids = b.enqueue(7, b.job());
        var worker = b.worker();
        var jobs = worker.claim(7);
        b.store().cancel(ids, "no", b.tick());
        for (int freed : new int[] {6, 0, 3}) {
            worker.giveBack(jobs.get(freed));
            var now = b.tick();
            int cancelled = 0;
            for (int i = 0; i < 10 && cancelled == 0; i++) {
                var step = b.store().settle(now, 2);
                cancelled = step.cancelled();
                var next = Objects.requireNonNull(step.next(), "requests stand");
                now = next.isAfter(now) ? next : now;
            }
            assertThat(b.stateName(jobs.get(freed).id())).isEqualTo(JobState.Name.CANCELLED);
        }
        assertThat(worker.pulse().cancelled()).hasSize(4);
    }

    @Test
    default void timesToLiveOfEndedJobsDelayNoOthers() {
        var b = bench();
        var worker = b.worker();
        b.enqueue(2_500, shortLived());
        for (int size : new int[] {1_000, 1_000, 500}) {
            var endings =
                    worker.claim(size).stream()
                            .map(job -> worker.ends(job).completed(null))
                            .toList();
            assertThat(b.store().complete(endings)).containsOnly(Recorded.RECORDED);
        }
        var ids = b.enqueue(10, shortLived());
        b.advance(Duration.ofSeconds(60));
        var now = b.now();
        int expired = 0;
        int steps = 0;
        for (Instant next = now; next != null && !next.isAfter(now); steps++) {
            var step = b.store().settle(now, 1_000);
            expired += step.expired();
            next = step.next();
        }
        assertThat(expired).isEqualTo(10);
        assertThat(steps).as("bounded steps").isLessThanOrEqualTo(3);
        assertThat(b.stateName(ids.getLast())).isEqualTo(JobState.Name.EXPIRED);
    }

    @Test
    default void requestsAreCarriedOutInBoundedSteps() {
        var b = bench();
        var ids = b.enqueue(5, b.job());
        var worker = b.worker();
        var jobs = worker.claim(5);
        b.store().cancel(ids, "no", b.tick());
        jobs.forEach(worker::giveBack);
        var now = b.tick();
        int cancelled = 0;
        for (int i = 0; i < 5 && cancelled < 5; i++) {
            var step = b.store().settle(now, 2);
            assertThat(step.cancelled()).isBetween(1, 2);
            cancelled += step.cancelled();
        }
        assertThat(cancelled).isEqualTo(5);
        assertThat(b.settleAll()).isEqualTo(new Settled(0, 0, null));
    }
}
