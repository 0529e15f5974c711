package dev.millrace.chaos;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All that is known of a round once it is over.
 *
 * @param requests what the producers asked for
 * @param found the round's jobs in the store
 * @param runs what worker processes wrote of these jobs
 * @param outages when processes stood still or were cut off
 * @param reborn when processes found that others had held them for dead
 * @param effects numbers of the effects found, by nonce
 */
record Evidence(
        List<Request> requests,
        List<Found> found,
        List<Run> runs,
        List<Outage> outages,
        List<Rebirth> reborn,
        Map<Long, List<Integer>> effects) {

    /**
     * One enqueue.
     *
     * @param nonce in the job's payload
     * @param key the unique key it asked for
     * @param sent monotonic nanoseconds
     * @param answered likewise
     * @param id of the job; 0 when the answer was lost
     * @param duplicate whether the answer was that another job holds the key
     */
    record Request(
            long nonce,
            Deed deed,
            @Nullable String key,
            long sent,
            long answered,
            long id,
            boolean duplicate) {
        boolean accepted() {
            return id != 0 && !duplicate;
        }
    }

    /** A job as the store had it at the end, with the ended attempts of its history. */
    record Found(
            long id, long nonce, Deed deed, int units, JobState.Name state, List<Past> history) {
        Found {
            history = List.copyOf(history);
        }
    }

    /** One row of history. */
    record Past(int attempt, long worker, Attempt.End end) {}

    /** A process could not know what others did from here to there. */
    record Outage(String process, long from, long to) {}

    /** A process that had to register anew. */
    record Rebirth(String process, long nanos) {}

    /** How long after an outage its process may still be found dead because of it. */
    private static final long AFTERMATH = 10_000_000_000L;

    /** How long before the outage a run may begin whose job was claimed before it. */
    private static final long LEEWAY = 1_000_000_000L;

    Evidence {
        requests = List.copyOf(requests);
        found = List.copyOf(found);
        runs = List.copyOf(runs);
        outages = List.copyOf(outages);
        reborn = List.copyOf(reborn);
        effects = Collections.unmodifiableMap(new HashMap<>(effects));
    }

    /**
     * Until when a run counts as a run that knew what it did: its end, or the beginning of an
     * outage of its process. What a process does that was frozen or cut off for too long, until it
     * learns of that, is not kept; but nothing can keep it from doing it.
     */
    long awareUntil(Run run) {
        long until = run.end();
        for (Outage outage : outages) {
            if (outage.process().equals(run.process())
                    && outage.from() < run.end()
                    && outage.to() + LEEWAY > run.begin()) {
                until = Math.min(until, outage.from());
            }
        }
        return until;
    }

    /** Whether a process was held for dead because it was frozen or cut off. */
    boolean isExplained(Rebirth rebirth) {
        return outages.stream()
                .anyMatch(outage ->
                        outage.process().equals(rebirth.process())
                                && outage.from() < rebirth.nanos()
                                && outage.to() + AFTERMATH > rebirth.nanos());
    }

    boolean isAware(Run run) {
        return awareUntil(run) == run.end();
    }
}
