package dev.millrace.testkit;

import dev.millrace.job.JobState;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * What must be true of a store's rows whenever nothing is under way. Stateless.
 *
 * <ul>
 *   <li>A job has at most one position row, and that row has a body.
 *   <li>A job with a body has either a position or a final history row, never both, never neither.
 *   <li>A job has at most one final history row.
 *   <li>A claim ends a job's attempt at most once.
 *   <li>A running row belongs to a registered worker and names its claim.
 *   <li>Attempts count from 1.
 *   <li>A key is held by one job. A key without a window is held by a job that is scheduled,
 *       available or running.
 *   <li>What running jobs left behind belongs to jobs with a body.
 * </ul>
 */
public final class Invariants {
    private Invariants() {}

    /**
     * What is wrong with the rows, in words; empty when nothing is.
     *
     * @param rows the rows
     * @param accepted ids of jobs whose acceptance was confirmed and that were not pruned
     */
    public static List<String> violations(Inspector rows, Collection<Long> accepted) {
        var wrong = new ArrayList<String>();
        var bodies = rows.bodies();
        var positions = positions(rows, bodies, wrong);
        var finals = history(rows, bodies, wrong);
        keys(rows, positions, wrong);
        for (long id : rows.leftovers()) {
            if (!bodies.contains(id)) {
                wrong.add("reports, signals or requests of job %d, which is gone".formatted(id));
            }
        }
        for (long id : bodies) {
            var position = positions.get(id);
            var last = finals.get(id);
            if (position != null && last != null) {
                wrong.add("job %d is live and ended: %s, %s".formatted(id, position, last));
            } else if (position == null && last == null) {
                wrong.add("job %d is lost: it has no position and did not end".formatted(id));
            }
        }
        for (long id : accepted) {
            if (!bodies.contains(id)) {
                wrong.add("job %d was accepted and has no body".formatted(id));
            }
        }
        return wrong;
    }

    /**
     * Checks the rows.
     *
     * @throws AssertionError naming everything that is wrong
     */
    public static void check(Inspector rows, Collection<Long> accepted) {
        var wrong = violations(rows, accepted);
        if (!wrong.isEmpty()) {
            throw new AssertionError("invariants broken:\n  " + String.join("\n  ", wrong));
        }
    }

    private static Map<Long, Position> positions(
            Inspector rows, Collection<Long> bodies, List<String> wrong) {
        var workers = rows.workers();
        var found = new HashMap<Long, Position>();
        for (var position : rows.positions()) {
            var other = found.put(position.jobId(), position);
            if (other != null) {
                wrong.add("two positions of one job: %s, %s".formatted(other, position));
            }
            if (!bodies.contains(position.jobId())) {
                wrong.add("a position without a body: " + position);
            }
            if (position.attempt() < 1) {
                wrong.add("an attempt below 1: " + position);
            }
            boolean running = position.state() == JobState.Name.RUNNING;
            if (running && !workers.contains(position.workerId())) {
                wrong.add("a running row of a worker that is not registered: " + position);
            }
            if (!running && (position.workerId() != 0 || position.claimId() != 0)) {
                wrong.add("a claim on a job that is not running: " + position);
            }
            switch (position.state()) {
                case SCHEDULED, AVAILABLE, RUNNING, DISCARDED -> {}
                case COMPLETED, CANCELLED, EXPIRED -> wrong.add("not a position: " + position);
            }
        }
        return found;
    }

    private static Map<Long, HistoryRow> history(
            Inspector rows, Collection<Long> bodies, List<String> wrong) {
        record JobAndClaim(long jobId, long claimId) {}
        var claims = new HashSet<JobAndClaim>();
        var finals = new HashMap<Long, HistoryRow>();
        for (var row : rows.history()) {
            if (!bodies.contains(row.jobId())) {
                wrong.add("history without a body: " + row);
            }
            if (!claims.add(new JobAndClaim(row.jobId(), row.claimId()))) {
                wrong.add("a claim that ended twice: " + row);
            }
            if (row.attempt() < 1) {
                wrong.add("an attempt below 1: " + row);
            }
            if (row.end().isFinal()) {
                var other = finals.put(row.jobId(), row);
                if (other != null) {
                    wrong.add("a job that ended twice: %s, %s".formatted(other, row));
                }
            }
        }
        return finals;
    }

    private static void keys(Inspector rows, Map<Long, Position> positions, List<String> wrong) {
        record ScopeAndKey(int scope, String key) {}
        var held = new HashMap<ScopeAndKey, KeyRow>();
        for (var row : rows.keys()) {
            var other = held.put(new ScopeAndKey(row.scope(), row.key()), row);
            if (other != null) {
                wrong.add("a key that is held twice: %s, %s".formatted(other, row));
            }
            var position = positions.get(row.jobId());
            if (row.until() == null
                    && (position == null || position.state() == JobState.Name.DISCARDED)) {
                wrong.add("a key of a job that does not live: %s, %s".formatted(row, position));
            }
        }
    }
}
