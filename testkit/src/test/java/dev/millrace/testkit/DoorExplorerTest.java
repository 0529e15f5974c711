package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.store.Entrant;
import dev.millrace.store.Gate;
import dev.millrace.store.KeyedJob;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.testkit.model.DoorExplorer;

import org.junit.jupiter.api.Test;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Everything that two who admit can do to jobs with keys, and the faults that this must catch. */
class DoorExplorerTest {
    @Test
    void noKeyIsOverItsLimitAndNobodyIsStuckWhoeverAdmits() {
        int states = DoorExplorer.explore(new MemoryStore(), 3, 1, UnaryOperator.identity());
        System.out.printf("door explorer: %d states%n", states);
        assertThat(states).isGreaterThan(1_000);
    }

    @Test
    void anEpochThatIsNotComparedIsCaught() {
        caught(
                limits ->
                        new Door(limits) {
                            @Override
                            public Optional<Set<Long>> move(long epoch, List<Entrant.Move> moves) {
                                for (long any = epoch; any < epoch + 5; any++) {
                                    var moved = super.move(any, moves);
                                    if (moved.isPresent()) {
                                        return moved;
                                    }
                                }
                                return Optional.empty();
                            }
                        },
                "after:");
    }

    @Test
    void runningJobsThatAreNotCountedAreCaught() {
        caught(
                limits ->
                        new Door(limits) {
                            @Override
                            public Gate gate(Gate.Look look) {
                                var gate = super.gate(look);
                                return gate.ready().isEmpty()
                                        ? new Gate(Set.of(), Map.of(), Map.of(), gate.entrants())
                                        : gate;
                            }
                        },
                "admitted at once");
    }

    @Test
    void whoTakesOverWithoutTheKeysOfTheAdmittedIsCaught() {
        caught(
                limits ->
                        new Door(limits) {
                            @Override
                            public Map<Long, KeyedJob> keys(Collection<Long> jobIds) {
                                return Map.of();
                            }
                        },
                "admitted at once");
    }

    @Test
    void roomThatIsNeverGivenBackIsCaught() {
        var ever = new HashSet<Long>();
        caught(
                limits ->
                        new Door(limits) {
                            @Override
                            public Gate gate(Gate.Look look) {
                                var gate = super.gate(look);
                                ever.addAll(gate.admitted());
                                return new Gate(
                                        Set.copyOf(ever), gate.ready(), Map.of(), gate.entrants());
                            }
                        },
                "can never end");
    }

    @Test
    void aLineThatIsForgottenAtATakeOverIsCaught() {
        caught(
                limits ->
                        new Door(limits) {
                            @Override
                            public Map<Integer, LimitKey> lines(int after) {
                                return Map.of();
                            }
                        },
                "can never end");
    }

    private static void caught(UnaryOperator<LimitStore> door, String how) {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> DoorExplorer.explore(new MemoryStore(), 3, 1, door))
                .withMessageContaining(how);
    }
}
