package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.job.UniqueKey;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Unique keys: who holds one, for how long, and what becomes of later jobs. */
interface KeyContract extends Contract {
    /** Enqueues a job that holds a key while it lives and that must be accepted. */
    private long hold(String key) {
        var answer = bench().keyed(bench().job().unique(key));
        assertThat(answer.how()).isEqualTo(How.NEW);
        return answer.jobId();
    }

    private void assertHeld(String key, long by) {
        assertThat(bench().holder(key)).as("holder of %s", key).isEqualTo(by);
        assertThat(bench().keyed(bench().job().unique(key)))
                .as("a later job with %s", key)
                .isEqualTo(new Accepted(by, How.DUPLICATE));
    }

    /** Free, and taken by a new job afterwards. */
    private void assertFree(String key) {
        assertThat(bench().holder(key)).as("holder of %s", key).isZero();
        hold(key);
    }

    @Test
    default void aJobWithAKeyThatNobodyHoldsIsAcceptedAndHoldsIt() {
        var b = bench();
        assertThat(b.holder("k")).isZero();
        long id = hold("k");
        assertThat(b.holder("k")).isEqualTo(id);
        assertThat(b.holder("other")).isZero();
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        var worker = b.worker();
        worker.complete(worker.claimOnly(id));
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.COMPLETED);
    }

    @Test
    default void aLaterJobIsNotAcceptedAndNamesTheOneThatHoldsTheKey() {
        var b = bench();
        long id = hold("k");
        var later = b.newJobs(List.of(b.job().unique("k").with("{\"later\":1}")));
        assertThat(b.keyed(b.store(), later, false))
                .containsExactly(new Accepted(id, How.DUPLICATE));
        assertThat(b.store().find(later.getFirst().id())).isEmpty();
        assertThat(b.find(id).payload()).isEqualTo("{}");
        assertThat(Bench.ids(b.worker().claim(10))).containsExactly(id);
    }

    @Test
    default void aKeyIsTheStoresWhateverQueueAndKindAndTime() {
        var b = bench();
        long id = hold("k");
        var answers =
                b.keyed(
                        b.job().in("elsewhere").unique("k"),
                        b.job().of(new KindVersion("other", 3)).unique("k"),
                        b.job().due(b.now().plusSeconds(60)).unique("k"),
                        b.job().unique("K"));
        assertThat(answers.subList(0, 3)).containsOnly(new Accepted(id, How.DUPLICATE));
        assertThat(answers.get(3).how()).as("letters are told apart").isEqualTo(How.NEW);
        assertThat(b.store().queues()).extracting(q -> q.queue()).contains("q");
    }

    @Test
    default void aKeyIsHeldWhileItsJobIsScheduledAvailableOrRunning() {
        var b = bench();
        long id = b.keyed(b.job().unique("k").due(b.now().plusSeconds(60))).jobId();
        assertHeld("k", id);
        b.advance(Duration.ofSeconds(61));
        b.promoteAll();
        assertHeld("k", id);
        var worker = b.worker();
        var job = worker.claimOnly(id);
        assertHeld("k", id);
        worker.complete(job);
        assertFree("k");
    }

    @Test
    default void aKeyIsFreeWhenItsJobsLifeHasEndedHoweverItEnded() {
        var b = bench();
        var worker = b.worker();
        hold("completed");
        worker.complete(worker.claimOne());
        hold("skipped");
        var skipped = worker.claimOne();
        worker.report(worker.ends(skipped).skipped("no"));
        hold("discarded");
        var discarded = worker.claimOne();
        worker.report(worker.ends(discarded).discarded("no"));
        hold("cancelled-by-worker");
        var running = worker.claimOne();
        worker.report(worker.ends(running).cancelled());
        hold("expired-by-worker");
        var late = worker.claimOne();
        worker.report(worker.ends(late).expired());
        b.store().cancel(List.of(hold("cancelled")), "no", b.tick());
        long scheduled =
                b.keyed(b.job().unique("cancelled-scheduled").due(b.now().plusSeconds(60))).jobId();
        b.store().cancel(List.of(scheduled), "no", b.tick());
        b.keyed(b.job().unique("expired").ttl(Duration.ofSeconds(1)));
        b.advance(Duration.ofSeconds(2));
        assertThat(b.settleAll().expired()).isEqualTo(1);
        for (var key :
                List.of(
                        "completed",
                        "skipped",
                        "discarded",
                        "cancelled-by-worker",
                        "expired-by-worker",
                        "cancelled",
                        "cancelled-scheduled",
                        "expired")) {
            assertFree(key);
        }
    }

    @Test
    default void aKeyIsFreeWhenItsJobIsDiscardedBecauseItsWorkersDied() {
        var b = bench();
        long id = hold("k");
        for (int i = 0; b.stateName(id) != JobState.Name.DISCARDED; i++) {
            assertThat(i).as("rescues").isLessThan(20);
            assertThat(b.holder("k")).as("after %d rescues", i).isEqualTo(id);
            var dead = b.worker();
            dead.claimOnly(id);
            b.bury(dead);
        }
        assertFree("k");
    }

    @Test
    default void aKeyIsFreeWhenItsJobWasCancelledAfterItsWorkerDied() {
        var b = bench();
        long id = hold("k");
        var dead = b.worker();
        dead.claimOnly(id);
        b.store().cancel(List.of(id), "no", b.tick());
        b.bury(dead);
        assertHeld("k", id);
        assertThat(b.settleAll().cancelled()).isEqualTo(1);
        assertFree("k");
    }

    @Test
    default void aKeyIsHeldWhenItsJobFailsSnoozesOrIsInterruptedGivenBackOrRescued() {
        var b = bench();
        var worker = b.worker();
        long id = hold("k");
        worker.fail(worker.claimOnly(id), Duration.ZERO);
        assertHeld("k", id);
        worker.fail(worker.claimOnly(id), Duration.ofSeconds(10));
        assertHeld("k", id);
        b.advance(Duration.ofSeconds(11));
        b.promoteAll();
        var snoozed = worker.claimOnly(id);
        worker.report(worker.ends(snoozed).snoozed(b.now()));
        assertHeld("k", id);
        var interrupted = worker.claimOnly(id);
        worker.report(worker.ends(interrupted).interrupted());
        assertHeld("k", id);
        worker.giveBack(worker.claimOnly(id));
        assertHeld("k", id);
        var dead = b.worker();
        dead.claimOnly(id);
        b.bury(dead);
        assertHeld("k", id);
        worker.complete(worker.claimOnly(id));
        assertFree("k");
    }

    @Test
    default void aDiscardedJobRetriedByHandTakesNoKeyAndFreesNoneWhenItEnds() {
        var b = bench();
        var worker = b.worker();
        long first = hold("k");
        var job = worker.claimOnly(first);
        worker.report(worker.ends(job).discarded("no"));
        b.store().retry(List.of(first), b.tick());
        assertThat(b.holder("k")).isZero();
        long second = hold("k");
        worker.complete(worker.claimOnly(first));
        assertHeld("k", second);
    }

    @Test
    default void aWindowedKeyIsHeldToTheMicrosecondWhetherOrNotItsJobHasEnded() {
        var b = bench();
        var hour = UniqueKey.whileLive("k").within(Duration.ofHours(1));
        long first = b.keyed(b.job().unique(hour)).jobId();
        var until = b.find(first).createdAt().plus(Duration.ofHours(1));
        var worker = b.worker();
        worker.complete(worker.claimOnly(first));
        assertHeld("k", first);
        assertThat(b.store().holder("k", until.minusNanos(1000))).contains(first);
        assertThat(b.store().holder("k", until)).isEmpty();
        b.advance(Duration.between(b.now(), until).minusMillis(2));
        assertThat(b.keyed(b.job().unique(hour)).how()).isEqualTo(How.DUPLICATE);
        // the clock moves one millisecond with every enqueue
        var second = b.keyed(b.job().unique(hour));
        assertThat(b.find(second.jobId()).createdAt()).isEqualTo(until);
        assertThat(second.how()).as("at the end of the window").isEqualTo(How.NEW);
        assertHeld("k", second.jobId());
    }

    @Test
    default void aWindowedKeyOutlivesADiscardedCancelledExpiredOrDeletedJob() {
        var b = bench();
        var worker = b.worker();
        var window = Duration.ofHours(1);
        long discarded =
                b.keyed(b.job().unique(UniqueKey.whileLive("discarded").within(window))).jobId();
        var job = worker.claimOnly(discarded);
        worker.report(worker.ends(job).discarded("no"));
        long cancelled =
                b.keyed(b.job().unique(UniqueKey.whileLive("cancelled").within(window))).jobId();
        b.store().cancel(List.of(cancelled), "no", b.tick());
        var expiring = UniqueKey.whileLive("expired").within(window);
        long expired = b.keyed(b.job().unique(expiring).ttl(Duration.ofMillis(5))).jobId();
        b.advance(Duration.ofSeconds(1));
        b.settleAll();
        long deleted =
                b.keyed(b.job().unique(UniqueKey.whileLive("deleted").within(window))).jobId();
        b.store().cancel(List.of(deleted), "no", b.tick());
        b.store().delete(List.of(deleted));
        b.pruned(List.of(deleted));
        assertHeld("discarded", discarded);
        assertHeld("cancelled", cancelled);
        assertHeld("expired", expired);
        assertHeld("deleted", deleted);
        b.advance(window);
        assertFree("discarded");
        assertFree("cancelled");
        assertFree("expired");
        assertFree("deleted");
    }

    @Test
    default void aWindowThatPassesWhileItsJobLivesLeavesTheKeyToTheNext() {
        var b = bench();
        var second = UniqueKey.whileLive("k").within(Duration.ofSeconds(1));
        long old = b.keyed(b.job().unique(second)).jobId();
        b.advance(Duration.ofSeconds(2));
        assertThat(b.holder("k")).isZero();
        long next = hold("k");
        var worker = b.worker();
        worker.complete(worker.claimOnly(old));
        assertHeld("k", next);
    }

    @Test
    default void sameKeysInOneCallAreDecidedAsIfOneCameAfterTheOther() {
        var b = bench();
        var jobs =
                b.newJobs(
                        List.of(
                                b.job().unique("k"),
                                b.job(),
                                b.job().unique("l"),
                                b.job().unique("k"),
                                b.job().due(b.now().plusSeconds(60)),
                                b.job().unique("l")));
        var answers = b.keyed(b.store(), jobs, false);
        assertThat(answers)
                .containsExactly(
                        new Accepted(jobs.get(0).id(), How.NEW),
                        new Accepted(jobs.get(1).id(), How.NEW),
                        new Accepted(jobs.get(2).id(), How.NEW),
                        new Accepted(jobs.get(0).id(), How.DUPLICATE),
                        new Accepted(jobs.get(4).id(), How.NEW),
                        new Accepted(jobs.get(2).id(), How.DUPLICATE));
        assertThat(b.stateName(jobs.get(4).id())).isEqualTo(JobState.Name.SCHEDULED);
        assertThat(Bench.ids(b.worker().claim(10)))
                .containsExactly(jobs.get(0).id(), jobs.get(1).id(), jobs.get(2).id());
    }

    @Test
    default void aThousandKeysAreTakenInOneCallAndAThousandDuplicatesFoundInTheNext() {
        var b = bench();
        var drafts = IntStream.range(0, 1000).mapToObj(i -> b.job().unique("k" + i)).toList();
        var first = b.keyed(b.store(), b.newJobs(drafts), false);
        assertThat(first).extracting(Accepted::how).containsOnly(How.NEW);
        var again = b.keyed(b.store(), b.newJobs(drafts), false);
        assertThat(again).extracting(Accepted::how).containsOnly(How.DUPLICATE);
        assertThat(again)
                .extracting(Accepted::jobId)
                .isEqualTo(first.stream().map(Accepted::jobId).toList());
    }

    @Test
    default void aResendAfterALostAnswerIsAnsweredAsTheFirstTime() {
        var b = bench();
        long holder = hold("held");
        var jobs =
                b.newJobs(
                        List.of(
                                b.job().unique("k"),
                                b.job(),
                                b.job().unique("held"),
                                b.job().unique("k")));
        var first = b.keyed(b.store(), jobs, false);
        assertThat(first.get(2)).isEqualTo(new Accepted(holder, How.DUPLICATE));
        assertThat(b.keyed(b.store(), jobs, true)).isEqualTo(first);
        assertThat(b.keyed(b.store(), jobs, true)).isEqualTo(first);
        assertThat(b.worker().claim(10)).hasSize(3);
    }

    @Test
    default void aResendOfJobsThatNeverArrivedAcceptsThem() {
        var b = bench();
        var jobs = b.newJobs(List.of(b.job().unique("k"), b.job().unique("k"), b.job()));
        long id = jobs.getFirst().id();
        assertThat(b.keyed(b.store(), jobs, true))
                .containsExactly(
                        new Accepted(id, How.NEW),
                        new Accepted(id, How.DUPLICATE),
                        new Accepted(jobs.get(2).id(), How.NEW));
        assertHeld("k", id);
    }

    @Test
    default void aResendOfAJobThatHasEndedSinceNeitherRunsItAgainNorTakesItsKey() {
        var b = bench();
        var worker = b.worker();
        var jobs = b.newJobs(List.of(b.job().unique("k")));
        long id = jobs.getFirst().id();
        b.keyed(b.store(), jobs, false);
        worker.complete(worker.claimOnly(id));
        assertThat(b.keyed(b.store(), jobs, true)).containsExactly(new Accepted(id, How.NEW));
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.COMPLETED);
        assertThat(b.find(id).attempts())
                .extracting(Attempt::end)
                .containsExactly(Attempt.End.COMPLETED);
        assertThat(b.holder("k")).isZero();
        long next = hold("k");
        assertThat(b.keyed(b.store(), jobs, true)).containsExactly(new Accepted(id, How.NEW));
        assertHeld("k", next);
        assertThat(Bench.ids(worker.claim(10))).containsExactly(next);
    }

    @Test
    default void keyedJobsOfOneCallAreAcceptedAllOrNone() {
        var b = bench();
        long known = b.enqueue(b.job());
        var fresh = b.newJobs(List.of(b.job().unique("k")));
        var jobs = List.of(fresh.getFirst(), b.job().unique("l").job(known, b.tick()));
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> b.store().enqueueKeyed(jobs, false));
        assertThat(b.store().find(fresh.getFirst().id())).isEmpty();
        assertThat(b.holder("k")).isZero();
        assertThat(b.holder("l")).isZero();
    }

    @Test
    default void anEmptyCallIsAnsweredWithNothing() {
        assertThat(bench().store().enqueueKeyed(List.of(), false)).isEmpty();
    }

    @Test
    default void workersElsewhereAreSignalledOfKeyedJobs() throws InterruptedException {
        var called = new Semaphore(0);
        var subscription = bench().reopen().signals().onWork(called::release);
        hold("k");
        assertThat(called.tryAcquire(60, TimeUnit.SECONDS)).as("called within 60 s").isTrue();
        subscription.close();
    }
}
