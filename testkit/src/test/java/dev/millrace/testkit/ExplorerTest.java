package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.testkit.model.Explorer;
import dev.millrace.testkit.model.Habits;
import dev.millrace.testkit.model.Limits;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Everything two jobs and two workers can do, and the faults that this must catch. */
class ExplorerTest {
    /** {@code -Dmillrace.explorer.wide=true}: more of everything, some minutes. */
    private static final boolean WIDE = Boolean.getBoolean("millrace.explorer.wide");

    private static final Limits TWINS = new Limits(2, 2, 1, 0, 1, 0, 1);

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
                .isThrownBy(() -> Explorer.explore(new MemoryStore(), TWINS, new Habits(false)))
                .withMessageContaining("run by two live workers");
    }

    private static void assertCaught(MemoryStore store, Limits limits, String fault) {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> explore("broken", store, limits))
                .withMessageContaining(fault);
    }
}
