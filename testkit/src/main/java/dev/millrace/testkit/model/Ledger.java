package dev.millrace.testkit.model;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What happened in the world outside of the store: effects of jobs, results of steps that were
 * used, cancellations that somebody was promised. Checks what must hold of them.
 */
final class Ledger {
    private final Map<Long, Integer> effects = new TreeMap<>();
    private final Map<Long, Integer> bodies = new TreeMap<>();
    private final Map<Long, Integer> used = new TreeMap<>();
    private final Map<Long, Long> checkpoints = new TreeMap<>();
    private final TreeSet<Long> cancelled = new TreeSet<>();

    Ledger() {}

    Ledger(Ledger from) {
        effects.putAll(from.effects);
        bodies.putAll(from.bodies);
        used.putAll(from.used);
        checkpoints.putAll(from.checkpoints);
        cancelled.addAll(from.cancelled);
    }

    void effect(long jobId) {
        if (effects.merge(jobId, 1, Integer::sum) > 1) {
            throw new AssertionError("job %d had its effect twice".formatted(jobId));
        }
    }

    boolean hadEffect(long jobId) {
        return effects.containsKey(jobId);
    }

    /** Calls the body of the job's step. */
    int body(long jobId) {
        return bodies.merge(jobId, 1, Integer::sum);
    }

    /** Uses what a call of the body gave. */
    void use(long jobId, int result) {
        int first = used.merge(jobId, result, (one, other) -> one);
        if (first != result) {
            throw new AssertionError(
                    "job %d used two results of one step: of call %d and of call %d"
                            .formatted(jobId, first, result));
        }
    }

    /** The store has this checkpoint of a job. */
    void checkpoint(long jobId, long number) {
        long before = checkpoints.getOrDefault(jobId, 0L);
        if (number < before) {
            throw new AssertionError(
                    "the checkpoint of job %d went back from %d to %d"
                            .formatted(jobId, before, number));
        }
        if (number > 0) {
            checkpoints.put(jobId, number);
        }
    }

    void cancel(long jobId) {
        cancelled.add(jobId);
    }

    Set<Long> cancelled() {
        return cancelled;
    }

    String key() {
        return "" + effects + bodies + used + cancelled;
    }
}
