package dev.millrace.testkit.model;

import dev.millrace.store.LimitStore;
import dev.millrace.store.QueueLimits;
import dev.millrace.testkit.Invariants;
import dev.millrace.testkit.MemoryStore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Visits every state that a few jobs with keys can get into while two processes admit, one of which
 * may stand still between its look and its move while the other takes over, as often as allowed. In
 * every state no key is over its limit, and when all goes well from there, every job ends.
 *
 * <p>Bounds: as for {@link Explorer}.
 */
public final class DoorExplorer {
    private static final Map<String, Integer> LIMITS = Map.of("tenant", 1, "host", 1);

    /** A state's way back to the first one. */
    private record Step(String name, int parent) {}

    private record Waiting(DoorWorld world, int step) {}

    private final HashSet<String> seen = new HashSet<>();
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private final List<Step> steps = new ArrayList<>();

    private DoorExplorer() {}

    /**
     * Visits all there is.
     *
     * @param store the store to begin with, empty; it is copied, never changed
     * @param jobs how many, 1 to 4: two of one tenant, one of a tenant and a host, one of a host
     * @param takeovers how often the lease may change hands
     * @param door how each of those who admit sees the limits of a store; themselves, usually
     * @return how many different states there are
     * @throws AssertionError at the first fault, with the steps that lead to it
     */
    public static int explore(
            MemoryStore store, int jobs, int takeovers, UnaryOperator<LimitStore> door) {
        var first = store.copy();
        first.limits().limit(DoorWorld.QUEUE, new QueueLimits(LIMITS));
        return new DoorExplorer().visit(new DoorWorld(first, jobs, takeovers, door));
    }

    private int visit(DoorWorld first) {
        add("start", first, -1);
        while (!queue.isEmpty()) {
            var from = queue.poll();
            try {
                check(from.world());
                next(from);
            } catch (AssertionError | IllegalStateException fault) {
                throw new AssertionError(
                        "%s%n  after:%s".formatted(fault.getMessage(), way(from.step())), fault);
            }
        }
        return seen.size();
    }

    private void next(Waiting from) {
        var world = from.world();
        for (int job = 0; job < world.jobs; job++) {
            int index = job;
            if (!world.isSent(job)) {
                go(from, "enqueue " + (job + 1), w -> w.enqueue(index));
            }
        }
        for (int door = 0; door < DoorWorld.DOORS; door++) {
            int index = door;
            if (world.takeovers > 0) {
                go(from, "take over " + door, w -> w.take(index));
            }
            if (world.hasEpoch(door)) {
                go(from, "look " + door, w -> w.look(index));
            }
            if (world.hasLooked(door)) {
                go(from, "move " + door, w -> w.move(index));
            }
        }
        go(from, "claim", DoorWorld::claim);
        for (int i = 0; i < world.running(); i++) {
            int index = i;
            go(from, "complete " + i, w -> w.complete(index));
            if (world.returns > 0) {
                go(from, "give back " + i, w -> w.giveBack(index));
            }
        }
    }

    private void go(Waiting from, String name, Consumer<DoorWorld> step) {
        var world = from.world().copy();
        step.accept(world);
        add(name, world, from.step());
    }

    private void add(String name, DoorWorld world, int parent) {
        if (!seen.add(world.key())) {
            return;
        }
        if (seen.size() > Explorer.MOST_STATES) {
            throw new IllegalArgumentException(
                    "at most %d states are visited; choose fewer jobs"
                            .formatted(Explorer.MOST_STATES));
        }
        steps.add(new Step(name, parent));
        queue.add(new Waiting(world, steps.size() - 1));
    }

    private String way(int last) {
        var names = new ArrayList<String>();
        for (int at = last; at > 0; at = steps.get(at).parent()) {
            names.add(steps.get(at).name());
        }
        var text = new StringBuilder();
        names.reversed().forEach(name -> text.append("\n    ").append(name));
        return text.toString();
    }

    private static void check(DoorWorld world) {
        var wrong = Invariants.violations(world.store.inspector(), List.of());
        if (!wrong.isEmpty()) {
            throw new AssertionError(String.join("; ", wrong));
        }
        world.admittedByKey()
                .forEach((key, count) -> {
                    if (count > LIMITS.getOrDefault(key.name(), Integer.MAX_VALUE)) {
                        throw new AssertionError("%d admitted at once of %s".formatted(count, key));
                    }
                });
        var calm = world.copy();
        calm.settle();
        var stuck = calm.store.inspector().positions();
        if (!stuck.isEmpty()) {
            throw new AssertionError("jobs can never end: " + stuck);
        }
    }
}
