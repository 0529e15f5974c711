package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.testkit.model.Explorer;
import dev.millrace.testkit.model.Habits;
import dev.millrace.testkit.model.Limits;
import dev.millrace.testkit.model.Limits.Deeds;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Everything two jobs and two workers can do, and the faults that this must catch. */
class ExplorerTest {
    /** {@code -Dmillrace.explorer.wide=true}: more of everything, some minutes. */
    private static final boolean WIDE = Boolean.getBoolean("millrace.explorer.wide");

    private static final Limits TWINS = new Limits(2, 2, 1, 0, 1, 0, 1);

    private static final Limits CALM = new Limits(1, 1, 0, 0, 0, 0, 0);
    private static final Limits ZOMBIES = new Limits(1, 2, 0, 0, 1, 0, 0);
    private static final Deeds REPORTING = new Deeds(2, 0, 0, true, false, false);
    private static final Deeds COMMITTING = new Deeds(0, 0, 0, false, false, true);
    private static final Deeds WAITING = new Deeds(0, 0, 1, false, true, false);
    private static final Deeds CANCELLING = new Deeds(0, 1, 0, false, false, false);
    private static final Deeds CANCELLING_WAITS = new Deeds(1, 1, 1, false, true, false);

    private static int explore(String what, MemoryStore store, Limits limits) {
        long start = System.nanoTime();
        int states = Explorer.explore(store, limits);
        var took = Duration.ofNanos(System.nanoTime() - start);
        System.out.printf("explorer: %s: %d states in %d ms%n", what, states, took.toMillis());
        return states;
    }

    @Test
    void noJobIsLostOrRunTwiceWithALostAnswerAndAFreeze() {
        var limits = WIDE ? new Limits(2, 2, 1, 0, 1, 1, 1) : new Limits(2, 2, 1, 0, 1, 0, 0);
        assertThat(explore("lost answer, freeze", new MemoryStore(), limits)).isPositive();
    }

    @Test
    void noJobIsLostOrRunTwiceWithLostAnswersAndADeath() {
        var limits = WIDE ? new Limits(2, 2, 2, 1, 0, 1, 1) : new Limits(2, 2, 1, 1, 0, 1, 0);
        assertThat(explore("lost answers, death", new MemoryStore(), limits)).isPositive();
    }

    @Test
    void noJobIsLostOrRunTwiceWithAFreezeAndADeath() {
        var limits = WIDE ? new Limits(2, 2, 0, 1, 1, 1, 1) : new Limits(1, 2, 1, 1, 1, 0, 0);
        assertThat(explore("freeze, death", new MemoryStore(), limits)).isPositive();
    }

    @Test
    void threeJobsAreNotLostByAFreeze() {
        var limits = WIDE ? new Limits(3, 2, 0, 0, 1, 1, 0) : new Limits(3, 2, 0, 0, 1, 0, 0);
        assertThat(explore("three jobs", new MemoryStore(), limits)).isPositive();
    }

    @Test
    void aRememberedPositionLosesNothingAsLongAsWorkersSweep() {
        var store = new RememberingStore(new MemoryState(), true);
        var limits = WIDE ? new Limits(2, 2, 0, 1, 0, 0, 1) : new Limits(2, 1, 0, 1, 0, 1, 1);
        assertThat(explore("remembered position", store, limits)).isPositive();
    }

    @Test
    void aRememberedPositionWithoutASweepLosesAJobThatCommittedLate() {
        var store = new RememberingStore(new MemoryState(), false);
        assertCaught(store, new Limits(2, 1, 0, 0, 0, 0, 0), "can never end");
    }

    @Test
    void aDroppedFenceIsCaught() {
        assertCaught(
                new BrokenStores.FenceDropped(new MemoryState()),
                TWINS,
                "a lost claim was recorded");
    }

    @Test
    void aRescueOfTheLivingIsCaught() {
        assertCaught(
                new BrokenStores.RescuesTheLiving(new MemoryState()),
                TWINS,
                "run by two live workers");
    }

    @Test
    void aClaimByTheDeadIsCaught() {
        assertCaught(new BrokenStores.DeadMayClaim(new MemoryState()), TWINS, "not registered");
    }

    @Test
    void aReturnWithoutFenceIsCaught() {
        assertCaught(new BrokenStores.ReturnsUnfenced(new MemoryState()), TWINS, "moved");
    }

    @Test
    void aWorkerThatStartsJobsWithoutABeatAfterItStoodStillIsCaught() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() ->
                        Explorer.explore(new MemoryStore(), TWINS, Habits.startsWithoutABeat()))
                .withMessageContaining("run by two live workers");
    }

    @Test
    void checkpointsAndStepsAreKeptByWhoHoldsTheClaimAndStepsAreDoneOnce() {
        var limits = WIDE ? new Limits(1, 2, 2, 1, 1, 1, 0) : new Limits(1, 2, 1, 1, 0, 0, 0);
        explore("checkpoints, steps", new MemoryStore(), limits.with(REPORTING));
        explore("reports, freeze", new MemoryStore(), ZOMBIES.with(REPORTING));
    }

    @Test
    void anEffectInTheJobsOwnTransactionHappensExactlyOnce() {
        var limits = WIDE ? new Limits(1, 2, 2, 1, 1, 0, 0) : new Limits(1, 2, 1, 1, 1, 0, 0);
        explore("commits", new MemoryStore(), limits.with(COMMITTING));
    }

    @Test
    void noSignalIsLostOnAJobThatWaits() {
        var limits = WIDE ? new Limits(2, 2, 1, 1, 0, 1, 0) : new Limits(1, 2, 1, 1, 0, 0, 0);
        explore("signals", new MemoryStore(), limits.with(WAITING));
        var slow = new BrokenReports.LooksBeforeItKeeps(new MemoryState(), true);
        explore("signals that look again", slow, limits.with(WAITING));
    }

    @Test
    void whoIsCancelledIsCancelledOrEndsByItself() {
        var limits = WIDE ? new Limits(2, 2, 1, 1, 0, 1, 0) : new Limits(1, 2, 1, 1, 0, 1, 0);
        explore("cancels", new MemoryStore(), limits.with(CANCELLING));
        explore("cancels of who waits", new MemoryStore(), CALM.with(CANCELLING_WAITS));
    }

    @Test
    void aReportWithoutFenceIsCaught() {
        assertCaught(
                new BrokenReports.Unfenced(new MemoryState()),
                ZOMBIES.with(REPORTING),
                "a report of a lost claim was written");
    }

    @Test
    void anOlderCheckpointThatOverwritesANewerIsCaught() {
        assertCaught(
                new BrokenReports.LastCheckpointStays(new MemoryState()),
                new Limits(1, 1, 1, 0, 0, 0, 0).with(REPORTING),
                "went back");
    }

    @Test
    void aStepWhoseResultIsUsedBeforeItIsRecordedIsCaught() {
        assertCaught(
                Habits.usesWhatIsNotRecorded(),
                new Limits(1, 2, 1, 1, 0, 0, 0).with(REPORTING),
                "used two results of one step");
    }

    @Test
    void anEffectApartFromTheCompletionIsCaught() {
        assertCaught(
                Habits.commitsApart(),
                new Limits(1, 2, 0, 1, 0, 0, 0).with(COMMITTING),
                "had its effect twice");
        assertCaught(
                new BrokenReports.EffectOutside(new MemoryState()),
                ZOMBIES.with(COMMITTING),
                "had its effect twice");
    }

    @Test
    void aCompletionWithoutItsEffectIsCaught() {
        assertCaught(
                Habits.believesInItsCommit(),
                new Limits(1, 1, 1, 0, 0, 0, 0).with(COMMITTING),
                "completed without its effect");
    }

    @Test
    void aSignalThatLooksForTheWaitBeforeItIsKeptIsCaught() {
        assertCaught(
                new BrokenReports.LooksBeforeItKeeps(new MemoryState(), false),
                CALM.with(WAITING),
                "can never end");
    }

    @Test
    void aWaitThatDoesNotLookForSignalsIsCaught() {
        assertCaught(
                new BrokenReports.ParksBlindly(new MemoryState()),
                CALM.with(WAITING),
                "can never end");
    }

    @Test
    void aCancellationThatForgetsARunningJobIsCaught() {
        assertCaught(
                new BrokenReports.CancelsNothingThatRuns(new MemoryState()),
                CALM.with(CANCELLING),
                "was cancelled and completed all the same");
    }

    private static void assertCaught(Habits habits, Limits limits, String fault) {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Explorer.explore(new MemoryStore(), limits, habits))
                .withMessageContaining(fault);
    }

    private static void assertCaught(MemoryStore store, Limits limits, String fault) {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> explore("broken", store, limits))
                .withMessageContaining(fault);
    }
}
