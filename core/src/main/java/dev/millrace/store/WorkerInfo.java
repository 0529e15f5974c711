package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * A worker as it introduces itself.
 *
 * @param name host, process and a random part; a name
 * @param version of the program
 * @param queues the queues it serves, with its slots for each
 * @param startedAt when it started
 * @param remote what is kept of a worker whose beats come through others: it has no liveness lock.
 *     {@code null} for a worker of this process, which observers judge by their own lease
 */
public record WorkerInfo(
        String name,
        String version,
        Map<String, Integer> queues,
        Instant startedAt,
        @Nullable RemoteTerms remote) {
    /** Copies the queues. */
    public WorkerInfo {
        queues = Map.copyOf(queues);
    }

    /** Its own lease; {@code null} for a worker of this process. */
    public @Nullable Duration lease() {
        return remote == null ? null : remote.lease();
    }

    /** A worker of this process. */
    public WorkerInfo(String name, String version, Map<String, Integer> queues, Instant startedAt) {
        this(name, version, queues, startedAt, null);
    }
}
