package dev.millrace.testkit.model;

import dev.millrace.job.Attempt;
import dev.millrace.testkit.Invariants;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.testkit.model.Deeds.Fate;
import dev.millrace.testkit.model.World.Sent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Visits every state that a store and its workers can get into within {@link Limits}, breadth
 * first, so that the way to a fault is the shortest there is. In every state the {@link Invariants}
 * hold, and when all faults stop there, every accepted job can still end.
 *
 * <p>Bounds: memory grows with the states visited, about 300 bytes each and a few kilobytes for
 * those waiting; a search is ended with an error after {@value #MOST_STATES} states.
 */
public final class Explorer {
    /** The most states visited. */
    public static final int MOST_STATES = 2_000_000;

    /** A state's way back to the first one. */
    private record Step(String name, int parent) {}

    private record Waiting(World world, int step) {}

    private final HashSet<String> seen = new HashSet<>();
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private final List<Step> steps = new ArrayList<>();

    private final Habits habits;

    private Explorer(Habits habits) {
        this.habits = habits;
    }

    /**
     * Visits all there is.
     *
     * @param store the store to begin with, empty; it is copied, never changed
     * @return how many different states there are
     * @throws AssertionError at the first fault, with the steps that lead to it
     */
    public static int explore(MemoryStore store, Limits limits) {
        return explore(store, limits, Habits.good());
    }

    /** The same with workers of other habits. */
    public static int explore(MemoryStore store, Limits limits, Habits habits) {
        return new Explorer(habits).visit(new World(store.copy(), limits));
    }

    private int visit(World first) {
        add("start", first, -1);
        while (!queue.isEmpty()) {
            var from = queue.poll();
            try {
                check(from.world());
                Moves.from(from.world(), habits, (name, world) -> add(name, world, from.step()));
            } catch (AssertionError | IllegalStateException fault) {
                throw new AssertionError(
                        "%s%n  after:%s%n  in: %s"
                                .formatted(fault.getMessage(), way(from.step()), from.world()),
                        fault);
            }
        }
        return seen.size();
    }

    private void add(String name, World world, int parent) {
        if (!seen.add(world.key())) {
            return;
        }
        if (seen.size() > MOST_STATES) {
            throw new IllegalArgumentException(
                    "at most %d states are visited; choose smaller limits".formatted(MOST_STATES));
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

    private static void check(World world) {
        var wrong = Invariants.violations(world.store.inspector(), world.accepted());
        if (!wrong.isEmpty()) {
            throw new AssertionError(String.join("; ", wrong));
        }
        world.deeds.check();
        var excused = new HashSet<Long>();
        for (long id : world.deeds.ledger.cancelled()) {
            if (world.deeds.mayMiss(id)) {
                excused.add(id);
            }
        }
        var calm = world.copy();
        settle(calm);
        var stuck = calm.store.inspector().positions();
        if (!stuck.isEmpty()) {
            throw new AssertionError("jobs can never end: " + stuck);
        }
        var after = Invariants.violations(calm.store.inspector(), calm.accepted());
        if (!after.isEmpty()) {
            throw new AssertionError("once calm: " + String.join("; ", after));
        }
        calm.deeds.check();
        for (var row : calm.store.inspector().history()) {
            if (row.end() == Attempt.End.COMPLETED
                    && calm.deeds.ledger.cancelled().contains(row.jobId())
                    && !excused.contains(row.jobId())) {
                throw new AssertionError(
                        "job %d was cancelled and completed all the same".formatted(row.jobId()));
            }
        }
    }

    /** What follows when no more faults happen: each process does its duty until all is done. */
    private static void settle(World world) {
        for (int i = 0; i < world.sent.size(); i++) {
            if (world.sent.get(i) == Sent.UNKNOWN) {
                world.enqueue(i, true);
            } else if (world.sent.get(i) == Sent.BEGUN) {
                world.commitEnqueue(i);
            }
        }
        for (var process : world.processes) {
            process.alive = true;
            process.frozen = false;
        }
        List.copyOf(world.deeds.delayed).forEach(world.deeds::arrive);
        if (world.store instanceof SlowSignal slow && slow.isSignalling()) {
            slow.commitSignal();
        } else if (world.deeds.signals > 0) {
            world.deeds.signal();
        }
        for (int round = 0; round < 12 + world.sent.size(); round++) {
            if (world.store.inspector().positions().isEmpty()) {
                return;
            }
            List.copyOf(world.verdicts).forEach(world::rescue);
            world.processes.forEach(process -> settle(world, process));
            world.promote();
        }
    }

    private static void settle(World world, WorkerProcess me) {
        if (me.isRegistered()) {
            world.pulse(me);
        }
        if (!me.isRegistered()) {
            world.register(me);
        }
        if (me.doubtful) {
            world.reconcile(me);
        }
        for (var seen : world.sightings()) {
            if (world.standsStill(seen.workerId()) || seen.dead()) {
                world.store.rescue(seen.workerId(), seen.beat(), 100, World.NOW);
            }
        }
        if (me.items.isEmpty()) {
            world.store.settle(World.NOW, 100);
            world.claim(me, true, true);
        }
        if (me.isRegistered() && world.deeds.kinds.cancels() > 0) {
            world.pulse(me);
        }
        for (var item : List.copyOf(me.items)) {
            finish(world, me, item);
        }
    }

    /** Brings a job in a process's memory to its end, or as far as it can go. */
    private static void finish(World world, WorkerProcess me, Item claimed) {
        Item item = claimed;
        if (!item.started() && item.report() == null) {
            item = world.begin(me, item);
        }
        var report = item.report();
        var open = item.course().open();
        if (report != null) {
            world.report(me, item, report, true);
        } else if (open != null) {
            world.deeds.send(me, item, open, Fate.ANSWERED);
        } else if (item.course().doubts()) {
            world.report(me, item, world.deeds.afterDoubt(item, true), true);
        } else if (item.course().cancelled()) {
            world.report(me, item, world.deeds.cancelled(item), true);
        } else if (world.deeds.mustWait(item)) {
            world.report(me, item, world.deeds.waiting(item), true);
        } else if (world.deeds.mustStep(item)) {
            world.deeds.send(me, item, world.deeds.step(item), Fate.ANSWERED);
        } else if (world.deeds.kinds.commits()) {
            world.deeds.commit(me, item, true);
        } else {
            world.report(me, item, world.completed(item), true);
        }
    }
}
