package dev.millrace.remote;

import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A remote worker's wish for work.
 *
 * @param worker its key
 * @param request chosen by the worker, 1 and up, one more each time; the same request sent again is
 *     given the jobs that it took and that are still held
 * @param queues where to look, with the most jobs of each
 * @param kinds what it can run; other kinds are never looked at
 * @param patience how long to wait for a job when there is none
 */
public record ClaimAsk(
        WorkerKey worker,
        int request,
        Map<String, Integer> queues,
        Set<KindVersion> kinds,
        Duration patience) {
    /** The most jobs of one claim, over all queues. */
    public static final int MOST_JOBS = 100;

    /** The most queues of one claim. */
    public static final int MOST_QUEUES = 50;

    /** The most kinds of one claim. */
    public static final int MOST_KINDS = 1_000;

    /** The longest wait. */
    public static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

    /** Checks the bounds and copies, keeping the order. */
    public ClaimAsk {
        if (request < 1) {
            throw refused("'request' must be a whole number from 1 on", request);
        }
        if (queues.isEmpty() || queues.size() > MOST_QUEUES) {
            throw refused("'queues' must name 1 to " + MOST_QUEUES, queues.size());
        }
        if (kinds.isEmpty() || kinds.size() > MOST_KINDS) {
            throw refused("'kinds' must name 1 to " + MOST_KINDS + " with versions", kinds.size());
        }
        if (patience.isNegative() || patience.compareTo(LONGEST_WAIT) > 0) {
            throw refused("'wait' must be 0s to 60s", patience);
        }
        queues.forEach((queue, max) -> {
            Names.check("a queue", queue);
            if (max < 1 || max > MOST_JOBS) {
                throw refused("the most jobs of queue '" + queue + "' must be 1 to 100", max);
            }
        });
        kinds.forEach(kind -> Names.check("a kind", kind.kind()));
        queues = Collections.unmodifiableMap(new LinkedHashMap<>(queues));
        kinds = Set.copyOf(kinds);
    }

    private static MillraceException refused(String expected, Object got) {
        return MillraceException.invalid(
                "%s, got %s; nothing was claimed".formatted(expected, got));
    }

    /** The claim's id in the store. */
    long claimId() {
        return (worker.id() << 32) + request;
    }
}
