package dev.millrace.store;

import java.time.Instant;
import java.util.Map;

/**
 * A worker as it introduces itself.
 *
 * @param name host, process and a random part; a name
 * @param version of the program
 * @param queues the queues it serves, with its slots for each
 * @param startedAt when it started
 */
public record WorkerInfo(
        String name, String version, Map<String, Integer> queues, Instant startedAt) {
    /** Copies the queues. */
    public WorkerInfo {
        queues = Map.copyOf(queues);
    }
}
