package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.testkit.simulation.Simulation;
import dev.millrace.testkit.simulation.Simulation.Outcome;
import dev.millrace.testkit.simulation.Simulation.Plan;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.function.Supplier;

/** Simulated days by a printed seed, and faults that they must catch. */
class SimulationTest {
    private static Outcome run(Plan plan) {
        long start = System.nanoTime();
        var outcome = Simulation.run(plan);
        var took = Duration.ofNanos(System.nanoTime() - start);
        System.out.println("simulation: " + outcome + " in " + took.toMillis() + " ms");
        return outcome;
    }

    @Test
    void everyJobEndsOnceWithoutFaults() {
        var outcome = run(new Plan(Seeds.draw("calm simulation"), 2000, 3, 0, 0, 0, 0));
        assertThat(outcome.refused()).isZero();
        assertThat(outcome.completed() + outcome.discarded()).isEqualTo(2000);
    }

    @Test
    void everyJobEndsOnceWithCrashesFreezesLostAnswersAndClockJumps() {
        long seed = Seeds.draw("simulation");
        for (int i = 0; i < 5; i++) {
            var outcome = run(new Plan(seed + i, 3000, 5, 0.03, 15, 15, 6));
            assertThat(outcome.faults()).isPositive();
            assertThat(outcome.reports()).isPositive();
        }
    }

    @Test
    void theSameSeedIsTheSameRun() {
        var plan = new Plan(42, 1000, 4, 0.05, 5, 5, 3);
        assertThat(Simulation.run(plan)).isEqualTo(Simulation.run(plan));
    }

    @Test
    void aDroppedFenceIsCaught() {
        assertCaught(() -> new BrokenStores.FenceDropped(new MemoryState()));
    }

    @Test
    void reportsWithoutFenceAreCaught() {
        assertCaught(() -> new BrokenReports.Unfenced(new MemoryState()));
    }

    @Test
    void checkpointsThatAreForgottenWithARescueAreCaught() {
        assertCaught(() -> new BrokenReports.ForgetsWithARescue(new MemoryState()));
    }

    @Test
    void lostRetriesAreCaught() {
        assertCaught(() -> new BrokenStores.LosesRetries(new MemoryState()));
    }

    @Test
    void duplicatesByResendingAreCaught() {
        assertCaught(() -> new BrokenStores.ResendDuplicates(new MemoryState()));
    }

    /** A fault that needs a rare meeting of events shows in one of a few runs, always the same. */
    private static void assertCaught(Supplier<MemoryStore> broken) {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> {
                    for (long seed = 7; seed < 27; seed++) {
                        Simulation.run(new Plan(seed, 2000, 5, 0.05, 20, 40, 0), broken.get());
                    }
                });
    }
}
