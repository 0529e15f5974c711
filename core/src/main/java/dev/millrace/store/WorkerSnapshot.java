package dev.millrace.store;

import java.time.Instant;
import java.util.Map;

/**
 * A registered worker as it stood.
 *
 * @param id its id in the store
 * @param name host, process and a random part
 * @param version of its program
 * @param queues the queues it serves, with its slots for each
 * @param running the jobs it last said it runs
 * @param stuck threads of jobs that it has given up and that will not end
 * @param startedAt when it started
 * @param lastBeatAt by its own clock
 * @param dead whether it was declared dead and waits to be cleared away
 */
public record WorkerSnapshot(
        long id,
        String name,
        String version,
        Map<String, Integer> queues,
        int running,
        int stuck,
        Instant startedAt,
        Instant lastBeatAt,
        boolean dead) {
    /** Copies the queues. */
    public WorkerSnapshot {
        queues = Map.copyOf(queues);
    }
}
