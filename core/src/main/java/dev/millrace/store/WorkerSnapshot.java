package dev.millrace.store;

import dev.millrace.job.KindVersion;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

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
 * @param draining whether it was told to claim nothing more
 * @param kinds the kinds it said it can run; empty when it did not say
 * @param remote where its beats come through others; {@code null} for a worker of a process
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
        boolean dead,
        boolean draining,
        Set<KindVersion> kinds,
        @Nullable RemoteTerms remote) {
    private static final Duration SILENT = Duration.ofSeconds(30);

    /** Copies the collections. */
    public WorkerSnapshot {
        queues = Map.copyOf(queues);
        kinds = Set.copyOf(kinds);
    }

    /** Its own lease, where its beats come through others. */
    public @Nullable Duration lease() {
        return remote == null ? null : remote.lease();
    }

    /** Whether it has said since it was registered that it lives. */
    public boolean hasBeaten() {
        return lastBeatAt.isAfter(startedAt);
    }

    /**
     * Whether it said not long ago that it lives: within 30 s, or its own lease if longer and if it
     * has beaten once.
     */
    public boolean isLive(Instant now) {
        Duration lease = lease();
        boolean isLonger = lease != null && lease.compareTo(SILENT) > 0 && hasBeaten();
        Duration silence = lease != null && isLonger ? lease : SILENT;
        return !dead && lastBeatAt.plus(silence).isAfter(now);
    }

    /** Whether it may know a kind: it said so, or did not say what it knows. */
    public boolean mayRun(KindVersion kind) {
        return kinds.isEmpty() || kinds.contains(kind);
    }

    /** Whether it lives and takes jobs. */
    public boolean takesJobs(Instant now) {
        return isLive(now) && !draining;
    }
}
