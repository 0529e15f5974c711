package dev.millrace.store;

import dev.millrace.job.KindVersion;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that a worker process says and asks twice a second, in one round trip.
 *
 * @param workerId who
 * @param beat whether to advance the worker's beat counter
 * @param running how many jobs it runs now, for people
 * @param stuck threads of jobs that it has given up and that will not end, for people; they keep
 *     their slots
 * @param slots its slots by queue where they have changed since the last answered pulse; {@code
 *     null} for no change
 * @param scopes the queues it looks at, with the kinds it can run in each
 * @param now its time
 * @param afterRequest where to go on looking at requests to cancel: {@link PulseAnswer#lastRequest}
 *     of the pulse before, 0 to begin with
 */
public record Pulse(
        long workerId,
        boolean beat,
        int running,
        int stuck,
        @Nullable Map<String, Integer> slots,
        List<Scope> scopes,
        Instant now,
        long afterRequest) {

    /**
     * One queue with the kinds a worker can run in it.
     *
     * @param queue the queue
     * @param kinds the kinds; others are never looked at
     */
    public record Scope(String queue, Set<KindVersion> kinds) {
        /** Copies the kinds. */
        public Scope {
            kinds = Set.copyOf(kinds);
        }
    }

    /** Has nothing more to say, and looks at the first requests to cancel. */
    public Pulse(long workerId, boolean beat, int running, List<Scope> scopes, Instant now) {
        this(workerId, beat, running, 0, null, scopes, now, 0);
    }

    /** Copies the collections. */
    public Pulse {
        slots = slots == null ? null : Map.copyOf(slots);
        scopes = List.copyOf(scopes);
    }
}
