package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The store's answer to a {@link Pulse}.
 *
 * @param alive false when this worker was declared dead or its row is gone: all its claims are lost
 *     and it must register anew
 * @param running how many running rows stand under its name; 0 for a pulse that does not beat
 * @param others every other registered worker
 * @param nextDue when the first scheduled job is due; {@code null} when none waits
 * @param queuesWithWork the asked queues in which a job of a known kind is available
 * @param cancelled the jobs running under its name that somebody asked to cancel, with the reason
 *     given, among the {@value #REQUESTS} requests looked at
 * @param lastRequest where the look at requests ended, for the next pulse to go on from, so that
 *     requests which stand hide no others; 0 when the end was reached
 * @param stacksWanted the jobs running under its name whose stack somebody asked for; at most 100
 * @param nextSettle when {@link JobStore#settle} has something to do; {@code null} for not at all
 * @param controls what is set on the asked queues; queues with nothing set are left out
 * @param draining whether somebody told this worker to claim nothing more
 * @param atGate whether a job with keys waits for whoever admits; may be left out while looks are
 *     slow
 */
public record PulseAnswer(
        boolean alive,
        int running,
        List<Sighting> others,
        @Nullable Instant nextDue,
        Set<String> queuesWithWork,
        Map<Long, String> cancelled,
        long lastRequest,
        Set<Long> stacksWanted,
        @Nullable Instant nextSettle,
        Map<String, QueueControl> controls,
        boolean draining,
        boolean atGate) {

    /** How many requests to cancel one pulse looks at, whoever runs their jobs. */
    public static final int REQUESTS = 1_000;

    /** Copies the collections. */
    public PulseAnswer {
        others = List.copyOf(others);
        queuesWithWork = Set.copyOf(queuesWithWork);
        cancelled = Map.copyOf(cancelled);
        stacksWanted = Set.copyOf(stacksWanted);
        controls = Map.copyOf(controls);
    }

    /**
     * Another worker as it was seen.
     *
     * @param workerId which
     * @param name its name
     * @param beat its beat counter; only that it changes means anything
     * @param lock what its liveness lock says
     * @param dead whether it was already declared dead and waits to be cleared away
     * @param lease its own, where it has one; see {@link WorkerInfo#lease}
     */
    public record Sighting(
            long workerId,
            String name,
            long beat,
            Lock lock,
            boolean dead,
            @Nullable Duration lease) {}

    /** What a worker's liveness lock says. */
    public enum Lock {
        /** Held: its process lives, even if it is frozen. */
        HELD,
        /** Free although the worker said that it holds one: its process or connection is gone. */
        FREE,
        /** The worker has none at present, or it cannot be probed: only its beats count. */
        UNKNOWN
    }
}
