package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.Attempt;
import dev.millrace.job.Attempt.End;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.Recorded;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.RescueAnswer.Outcome;

import org.junit.jupiter.api.Test;

import java.util.List;

/** The death of workers. */
interface RescueContract extends Contract {
    @Test
    default void theJobsOfADeadWorkerAreAvailableAgainUnspent() {
        var b = bench();
        var ids = b.enqueue(3, b.job());
        var dead = b.worker();
        dead.claim(3);
        assertThat(b.bury(dead)).isEqualTo(new RescueAnswer(Outcome.CLEARED, 3, 0));
        var again = b.worker().claim(10);
        assertThat(Bench.ids(again)).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(again).extracting(ClaimedJob::attempt).containsOnly(1);
        assertThat(again).extracting(ClaimedJob::rescues).containsOnly(1);
    }

    @Test
    default void aRescueIsWrittenIntoHistory() {
        var b = bench();
        long id = b.enqueue(b.job());
        var dead = b.worker();
        dead.claimOnly(id);
        b.bury(dead);
        var attempts = b.find(id).attempts();
        assertThat(attempts).extracting(Attempt::end).containsExactly(End.RESCUED);
        assertThat(attempts.getFirst().number()).isEqualTo(1);
        assertThat(attempts.getFirst().worker()).isEqualTo(dead.id());
        assertThat(attempts.getFirst().endedAt()).isEqualTo(b.now());
    }

    @Test
    default void aWorkerWhoseBeatMovedIsLeftAlone() {
        var b = bench();
        b.enqueue(2, b.job());
        var worker = b.worker();
        var jobs = worker.claim(2);
        long seen = b.sighting(worker).beat();
        worker.pulse();
        assertThat(b.store().rescue(worker.id(), seen, 100, b.tick()))
                .isEqualTo(new RescueAnswer(Outcome.ALIVE, 0, 0));
        assertThat(worker.pulse().alive()).isTrue();
        assertThat(worker.complete(jobs.getFirst())).isEqualTo(Recorded.RECORDED);
        assertThat(b.store().held(worker.id(), 0, 10)).hasSize(1);
    }

    @Test
    default void onlyABeatMovesTheBeatCounter() {
        var b = bench();
        var worker = b.worker();
        long before = b.sighting(worker).beat();
        worker.pulse(false);
        assertThat(b.sighting(worker).beat()).isEqualTo(before);
        worker.pulse(true);
        assertThat(b.sighting(worker).beat()).isNotEqualTo(before);
    }

    @Test
    default void aWorkerIsClearedAwayInBoundedSteps() {
        var b = bench();
        b.enqueue(7, b.job());
        var dead = b.worker();
        dead.claim(7);
        long seen = b.sighting(dead).beat();
        var first = b.store().rescue(dead.id(), seen, 3, b.tick());
        assertThat(first).isEqualTo(new RescueAnswer(Outcome.MORE, 3, 0));
        assertThat(b.sighting(dead).dead()).isTrue();
        assertThat(b.store().workers())
                .filteredOn(w -> w.id() == dead.id())
                .allMatch(w -> w.dead());
        assertThat(b.bury(dead.id(), seen, 3).returned()).isEqualTo(4);
        assertThat(b.store().workers()).noneMatch(w -> w.id() == dead.id());
        assertThat(b.worker().claim(100)).hasSize(7);
    }

    @Test
    default void fromTheFirstStepOnTheDeadWorkerIsRefused() {
        var b = bench();
        var ids = b.enqueue(3, b.job());
        long waiting = b.enqueue(b.job());
        var dead = b.worker();
        var jobs = dead.claim(3);
        long seen = b.sighting(dead).beat();
        assertThat(b.store().rescue(dead.id(), seen, 1, b.tick()).outcome())
                .isEqualTo(Outcome.MORE);
        assertLost(dead);
        for (var job : jobs) {
            assertThat(dead.complete(job)).isEqualTo(Recorded.LOST);
            assertThat(dead.giveBack(job)).isFalse();
        }
        b.bury(dead.id(), seen, 1);
        assertThat(Bench.ids(b.worker().claim(10)))
                .containsExactlyInAnyOrder(ids.get(0), ids.get(1), ids.get(2), waiting);
    }

    @Test
    default void aDeadWorkersLateWordIsRefusedAndTheJobStaysWithItsNewOwner() {
        var b = bench();
        long id = b.enqueue(b.job());
        var dead = b.worker();
        var old = dead.claimOnly(id);
        b.bury(dead);
        assertThat(dead.complete(old)).isEqualTo(Recorded.LOST);
        var heir = b.worker();
        var job = heir.claimOnly(id);
        assertThat(dead.complete(old)).isEqualTo(Recorded.LOST);
        assertThat(dead.giveBack(old)).isFalse();
        assertThat(b.state(id)).isInstanceOf(JobState.Running.class);
        assertThat(heir.complete(job)).isEqualTo(Recorded.RECORDED);
        assertThat(dead.complete(old)).isEqualTo(Recorded.LOST);
        assertLost(dead);
    }

    private void assertLost(Hand dead) {
        assertThat(dead.pulse().alive()).isFalse();
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> dead.claim(1))
                .extracting(MillraceException::code)
                .isEqualTo(MillraceException.Code.WORKER_LOST);
    }

    @Test
    default void whatADeadWorkerReportedInTimeStaysRecorded() {
        var b = bench();
        var ids = b.enqueue(2, b.job());
        var dead = b.worker();
        var jobs = dead.claim(2);
        var ending = dead.ends(jobs.getFirst()).completed(null);
        dead.report(ending);
        assertThat(b.bury(dead).returned()).isEqualTo(1);
        assertThat(dead.report(ending)).isEqualTo(Recorded.ALREADY);
        assertThat(b.stateName(ids.getFirst())).isEqualTo(JobState.Name.COMPLETED);
        assertThat(b.find(ids.getFirst()).attempts()).hasSize(1);
    }

    @Test
    default void theBeatOfADeadWorkerDoesNotBringItBack() {
        var b = bench();
        b.enqueue(2, b.job());
        var dead = b.worker();
        dead.claim(2);
        long seen = b.sighting(dead).beat();
        b.store().rescue(dead.id(), seen, 1, b.tick());
        assertThat(dead.pulse().alive()).isFalse();
        assertThat(b.bury(dead.id(), seen, 1)).isEqualTo(new RescueAnswer(Outcome.CLEARED, 1, 0));
    }

    @Test
    default void aDeadWorkerWithoutJobsIsClearedAtOnce() {
        var b = bench();
        var dead = b.worker();
        assertThat(b.bury(dead)).isEqualTo(new RescueAnswer(Outcome.CLEARED, 0, 0));
        assertThat(b.store().workers()).noneMatch(w -> w.id() == dead.id());
        assertThat(b.store().rescue(dead.id(), 0, 10, b.tick()))
                .isEqualTo(new RescueAnswer(Outcome.CLEARED, 0, 0));
        assertLost(dead);
    }

    @Test
    default void aWorkerThatMustRegisterAnewGetsAnotherId() {
        var b = bench();
        var dead = b.worker();
        b.bury(dead);
        assertThat(b.worker().id()).isNotEqualTo(dead.id());
    }

    @Test
    default void aJobWithWhichTwoWorkersDiedIsClaimedAlone() {
        var b = bench();
        long poison = b.enqueue(b.job().at(9));
        rescueTimes(poison, 2);
        var others = b.enqueue(3, b.job());
        var worker = b.worker();
        var alone = worker.claim(10);
        assertThat(Bench.ids(alone)).containsExactly(poison);
        assertThat(alone.getFirst().runsAlone()).isTrue();
        assertThat(Bench.ids(worker.claim(10))).containsExactlyElementsOf(others);
    }

    @Test
    default void neighboursAreNeverClaimedTogetherWithAJobThatRunsAlone() {
        var b = bench();
        long poison = b.enqueue(b.job().at(5));
        rescueTimes(poison, 2);
        b.enqueue(2, b.job().at(9));
        b.enqueue(2, b.job().at(0));
        var worker = b.worker();
        int claimed = 0;
        for (int i = 0; i < 5 && claimed < 5; i++) {
            var jobs = worker.claim(10);
            claimed += jobs.size();
            if (jobs.stream().anyMatch(ClaimedJob::runsAlone)) {
                assertThat(Bench.ids(jobs)).containsExactly(poison);
            }
        }
        assertThat(claimed).isEqualTo(5);
    }

    @Test
    default void aJobWithWhichTooManyWorkersDiedIsDiscarded() {
        var b = bench();
        long poison = b.enqueue(b.job());
        rescueTimes(poison, ClaimedJob.MAX_RESCUES);
        assertThat(b.stateName(poison)).isEqualTo(JobState.Name.AVAILABLE);
        var last = b.worker();
        var job = last.claimOnly(poison);
        assertThat(job.rescues()).isEqualTo(ClaimedJob.MAX_RESCUES);
        assertThat(b.bury(last)).isEqualTo(new RescueAnswer(Outcome.CLEARED, 0, 1));
        assertThat(b.stateName(poison)).isEqualTo(JobState.Name.DISCARDED);
        assertThat(b.find(poison).attempts()).hasSize(ClaimedJob.MAX_RESCUES + 1);
        assertThat(last.complete(job)).isEqualTo(Recorded.LOST);
    }

    @Test
    default void aSpentAttemptForgetsRescuesAndASnoozeKeepsThem() {
        var b = bench();
        long id = b.enqueue(b.job());
        rescueTimes(id, 3);
        var worker = b.worker();
        var snoozed = worker.ends(worker.claimOnly(id));
        worker.report(snoozed.snoozed(snoozed.endedAt()));
        var job = worker.claimOnly(id);
        assertThat(job.rescues()).isEqualTo(3);
        worker.report(worker.ends(job).failed(b.now()));
        assertThat(worker.claimOnly(id).rescues()).isZero();
    }

    @Test
    default void aJobGivenBackKeepsItsRescues() {
        var b = bench();
        long id = b.enqueue(b.job());
        rescueTimes(id, 1);
        var worker = b.worker();
        worker.giveBack(worker.claimOnly(id));
        assertThat(worker.claimOnly(id).rescues()).isEqualTo(1);
    }

    @Test
    default void theLockOfAWorkerWhoseProcessIsGoneIsNotHeld() {
        var b = bench();
        b.enqueue(2, b.job());
        var other = b.reopen();
        var dead = b.worker(other);
        dead.pulse();
        dead.claim(2);
        b.shut(other);
        Bench.await("lock is free", () -> b.sighting(dead).lock() != Lock.HELD);
        assertThat(b.bury(dead).returned()).isEqualTo(2);
    }

    private void rescueTimes(long id, int times) {
        for (int i = 0; i < times; i++) {
            var dead = bench().worker();
            dead.claimOnly(id);
            bench().bury(dead);
        }
    }

    @Test
    default void aWorkerThatLeavesIsForgotten() {
        var b = bench();
        var worker = b.worker();
        b.store().deregister(worker.id());
        assertThat(b.store().workers()).isEmpty();
        assertThat(worker.pulse().alive()).isFalse();
        b.store().deregister(worker.id());
        b.store().deregister(999_999_999L);
    }

    @Test
    default void aWorkerThatLeavesWithJobsDoesNotLoseThem() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        worker.claimOnly(id);
        try {
            b.store().deregister(worker.id());
        } catch (MillraceException refused) {
            assertThat(refused.code()).isEqualTo(MillraceException.Code.STORE_REFUSED);
        }
        if (b.stateName(id) == JobState.Name.RUNNING) {
            b.bury(worker);
        }
        b.worker().claimOnly(id);
    }

    @Test
    default void registeredWorkersAreListedById() {
        var b = bench();
        var first = b.store().register(b.introduction("host-1:7:abc"));
        var started = b.now();
        var second = b.store().register(b.introduction("host-2:7:def"));
        var workers = b.store().workers();
        assertThat(workers).extracting(w -> w.id()).isEqualTo(List.of(first, second));
        assertThat(workers.getFirst().name()).isEqualTo("host-1:7:abc");
        assertThat(workers.getFirst().version()).isEqualTo("1.0");
        assertThat(workers.getFirst().queues()).containsEntry("q", 4).hasSize(1);
        assertThat(workers.getFirst().startedAt()).isEqualTo(started);
        assertThat(workers.getFirst().dead()).isFalse();
    }
}
