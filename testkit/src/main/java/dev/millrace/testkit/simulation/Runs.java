package dev.millrace.testkit.simulation;

import dev.millrace.store.Carried;
import dev.millrace.store.Ending;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.worker.LiveJob;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What runs where, and whether that may be. */
final class Runs {
    private final MemoryStore store;

    /** A handler under way, under the name that its process had when it claimed the job. */
    private record Run(SimulatedWorker by, long workerId) {}

    private final Map<Long, List<Run>> active = new HashMap<>();
    private final Set<Long> accepted = new HashSet<>();
    private long started;
    private long refused;
    private final Map<Long, Long> checkpoints = new HashMap<>();
    private final Map<Long, String> steps = new HashMap<>();
    private long reports;

    Runs(MemoryStore store) {
        this.store = store;
    }

    void accepted(long jobId) {
        accepted.add(jobId);
    }

    Set<Long> accepted() {
        return accepted;
    }

    long started() {
        return started;
    }

    long refused() {
        return refused;
    }

    /** A handler is about to be called. */
    void starts(LiveJob live, SimulatedWorker by) {
        started++;
        long jobId = live.id();
        var others = active.computeIfAbsent(jobId, id -> new ArrayList<>());
        for (var other : others) {
            if (other.by().isSound(other.workerId())) {
                throw new AssertionError(
                        "job %d is started by %s while %s, alive and beating, runs it"
                                .formatted(jobId, by, other));
            }
        }
        others.add(new Run(by, live.workerId()));
    }

    /** A handler has ended, or its process. */
    void ends(LiveJob live, SimulatedWorker by) {
        var runs = active.getOrDefault(live.id(), new ArrayList<>());
        runs.remove(new Run(by, live.workerId()));
        if (runs.isEmpty()) {
            active.remove(live.id());
        }
    }

    /** Checkpoints known to be written. */
    long reports() {
        return reports;
    }

    /** The store answered a report, or did not want it. */
    void reported(Report report, boolean held, Recorded answer) {
        if (answer == Recorded.RECORDED && !held) {
            throw new AssertionError("a report of a lost claim was written: " + report);
        }
        var checkpoint = report.checkpoint();
        if (answer == Recorded.RECORDED && checkpoint != null) {
            reports++;
            resumes(report.jobId(), store.reports().carried(report.jobId()));
            if (checkpoints.getOrDefault(report.jobId(), 0L) < checkpoint.number()) {
                throw new AssertionError("a checkpoint was confirmed and not kept: " + report);
            }
        }
    }

    /** What the store says earlier attempts left: never less than before, and no step done anew. */
    void resumes(long jobId, Carried carried) {
        var checkpoint = carried.checkpoint();
        long number = checkpoint == null ? 0 : checkpoint.number();
        long before = checkpoints.getOrDefault(jobId, 0L);
        if (number < before) {
            throw new AssertionError(
                    "the checkpoint of job %d went back from %d to %d"
                            .formatted(jobId, before, number));
        }
        checkpoints.put(jobId, number);
        String step = carried.steps().isEmpty() ? "" : carried.steps().getFirst().result();
        String known = steps.getOrDefault(jobId, "");
        if (!known.isEmpty() && !known.equals(step)) {
            throw new AssertionError(
                    "the step of job %d, recorded as '%s', is now '%s'"
                            .formatted(jobId, known, step));
        }
        steps.put(jobId, step);
    }

    /** Whether the store holds each job as running under that worker, before a report. */
    List<Boolean> holds(List<Ending> endings) {
        return endings.stream()
                .map(ending ->
                        store.held(ending.workerId(), ending.jobId() - 1, 1).stream()
                                .anyMatch(claim ->
                                        claim.jobId() == ending.jobId()
                                                && claim.claimId() == ending.claimId()))
                .toList();
    }

    /** The store answered a report. */
    void answered(List<Ending> endings, List<Boolean> held, List<Recorded> answers) {
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i) == Recorded.RECORDED && !held.get(i)) {
                throw new AssertionError("a lost claim was recorded: " + endings.get(i));
            }
            if (answers.get(i) == Recorded.LOST) {
                refused++;
            }
        }
    }
}
