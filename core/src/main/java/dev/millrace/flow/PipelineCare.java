package dev.millrace.flow;

import dev.millrace.job.Json;
import dev.millrace.loop.Service;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueSnapshot;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Tells the store how this process's pipelines are built, and holds a step back while the one after
 * it has more to do than its backlog allows. Looks at the counts of queues, which are bounded,
 * twice a second; a store that does not answer leaves what was last known. What is held finishes
 * what it runs, and overshoots by what it starts between two looks; before the first look it waits.
 * Thread-safe.
 */
public final class PipelineCare {
    private static final int MOST_BYTES = 1 << 20;
    private static final Duration REST = Duration.ofHours(1);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final JobStore store;
    private final Map<String, Map<String, Integer>> bounds;
    private final Runnable lifted;
    private final Service service;
    private final List<PipelinePlan> plans;
    private boolean declared;
    private volatile Set<String> held;

    /**
     * Of these pipelines.
     *
     * @param lifted called when a queue may go on
     */
    public PipelineCare(
            JobStore store, List<PipelinePlan> plans, RandomGenerator random, Runnable lifted) {
        this.store = store;
        this.lifted = lifted;
        this.plans = List.copyOf(plans);
        this.bounds = bounds(plans);
        this.held = Set.copyOf(bounds.keySet());
        this.service = new Service("millrace-pipelines", random, this::step);
    }

    /** By the queue that waits: for which others, and from how much in them on. */
    private static Map<String, Map<String, Integer>> bounds(List<PipelinePlan> plans) {
        Map<String, Map<String, Integer>> bounds = new TreeMap<>();
        for (PipelinePlan plan : plans) {
            for (int i = 1; i < plan.steps().size(); i++) {
                PipelinePlan.Step step = plan.steps().get(i);
                if (step.backlog() > 0) {
                    bounds.computeIfAbsent(
                                    plan.steps().get(i - 1).queue(), queue -> new TreeMap<>())
                            .merge(step.queue(), step.backlog(), Math::min);
                }
            }
        }
        return bounds;
    }

    /**
     * What is wrong with how some pipelines hold back their steps: a queue that waits, over others
     * or not, until it has less to do itself would never go on.
     */
    public static List<String> faults(List<PipelinePlan> plans) {
        var bounds = bounds(plans);
        return bounds.keySet().stream()
                .filter(queue -> reachable(queue, bounds).contains(queue))
                .map(
                        ("queue '%s' must not wait for its own backlog: give the steps of pipelines"
                                        + " queues of their own, or fewer of them a backlog")
                                ::formatted)
                .toList();
    }

    private static Set<String> reachable(String from, Map<String, Map<String, Integer>> bounds) {
        var found = new HashSet<String>();
        var next = new ArrayDeque<>(List.of(from));
        while (!next.isEmpty()) {
            for (String queue : bounds.getOrDefault(next.remove(), Map.of()).keySet()) {
                if (found.add(queue)) {
                    next.add(queue);
                }
            }
        }
        return found;
    }

    /** Begins, unless there are no pipelines. */
    public void start() {
        if (!plans.isEmpty()) {
            service.start();
        }
    }

    /** Ends after the look under way. */
    public void stop(Duration patience) throws InterruptedException {
        service.stop(patience);
    }

    /** Whether nothing is to be claimed from a queue just now. */
    public boolean holds(String queue) {
        return held.contains(queue);
    }

    private Duration step() {
        if (!declared) {
            var json = new Json();
            for (PipelinePlan plan : plans) {
                String what = "plan of pipeline '%s'".formatted(plan.name());
                store.batches().declare(plan.name(), json.write(what, plan, MOST_BYTES));
            }
            declared = true;
        }
        if (bounds.isEmpty()) {
            return REST;
        }
        Map<String, Integer> waiting = new HashMap<>();
        for (QueueSnapshot queue : store.queues()) {
            waiting.put(queue.queue(), Pipelines.waiting(queue));
        }
        var now = new HashSet<String>();
        bounds.forEach((queue, next) ->
                next.forEach((after, bound) -> {
                    if (waiting.getOrDefault(after, 0) >= bound) {
                        now.add(queue);
                    }
                }));
        boolean fewer = !now.containsAll(held);
        held = Set.copyOf(now);
        if (fewer) {
            lifted.run();
        }
        return BETWEEN_LOOKS;
    }
}
