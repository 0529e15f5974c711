package dev.millrace.store;

import dev.millrace.job.MillraceException;

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
 * @param lease how long its beat may stand still before it is held for dead, 1 s to 1 h, for a
 *     worker whose beats come through others: it has no liveness lock. {@code null} for a worker of
 *     this process, which observers judge by their own lease
 */
public record WorkerInfo(
        String name,
        String version,
        Map<String, Integer> queues,
        Instant startedAt,
        @Nullable Duration lease) {
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofHours(1);

    /** Checks the lease and copies the queues. */
    public WorkerInfo {
        if (lease != null && (lease.compareTo(LEAST) < 0 || lease.compareTo(MOST) > 0)) {
            throw MillraceException.invalid(
                    "a worker's lease must be 1s to 1h, got %s (worker '%s'); it is not registered"
                            .formatted(lease, name));
        }
        queues = Map.copyOf(queues);
    }

    /** A worker of this process. */
    public WorkerInfo(String name, String version, Map<String, Integer> queues, Instant startedAt) {
        this(name, version, queues, startedAt, null);
    }
}
