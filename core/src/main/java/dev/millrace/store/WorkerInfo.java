package dev.millrace.store;

import dev.millrace.job.KindVersion;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * A worker as it introduces itself.
 *
 * @param name host, process and a random part; a name
 * @param version of the program
 * @param queues the queues it serves, with its slots for each
 * @param startedAt when it started
 * @param kinds the kinds it can run; empty when it does not say, and at most {@value #MOST_KINDS}
 *     are kept
 * @param remote what is kept of a worker whose beats come through others: it has no liveness lock.
 *     {@code null} for a worker of this process, which observers judge by their own lease
 */
public record WorkerInfo(
        String name,
        String version,
        Map<String, Integer> queues,
        Instant startedAt,
        Set<KindVersion> kinds,
        @Nullable RemoteTerms remote) {
    /** One that can run more says nothing. */
    public static final int MOST_KINDS = 1_000;

    /** Copies the collections. */
    // written out: of a compact constructor other modules see no annotation on a nested type
    public WorkerInfo(
            String name,
            String version,
            Map<String, Integer> queues,
            Instant startedAt,
            Set<KindVersion> kinds,
            @Nullable RemoteTerms remote) {
        this.name = name;
        this.version = version;
        this.queues = Map.copyOf(queues);
        this.startedAt = startedAt;
        this.kinds = kinds.size() > MOST_KINDS ? Set.of() : Set.copyOf(kinds);
        this.remote = remote;
    }

    /** A worker of this process, which does not say what it can run. */
    public WorkerInfo(String name, String version, Map<String, Integer> queues, Instant startedAt) {
        this(name, version, queues, startedAt, Set.of(), null);
    }

    /** The same, which can run these kinds. */
    public WorkerInfo kinds(Set<KindVersion> known) {
        return new WorkerInfo(name, version, queues, startedAt, known, remote);
    }

    /** The same, serving other queues. */
    public WorkerInfo queues(Map<String, Integer> slots) {
        return new WorkerInfo(name, version, slots, startedAt, kinds, remote);
    }

    /** Its own lease; {@code null} for a worker of this process. */
    public @Nullable Duration lease() {
        return remote == null ? null : remote.lease();
    }
}
