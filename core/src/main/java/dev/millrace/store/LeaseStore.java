package dev.millrace.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who leads. A part of the {@link JobStore}; the same rules and failures hold. Rows are as many as
 * names ever led. The store compares no times: who waits for a lease watches by its own clock
 * whether the beat stands still.
 */
public interface LeaseStore {
    /** The most leases listed. */
    int MOST = 1_000;

    /**
     * Renews the leases that a process holds and looks at others. One round trip.
     *
     * @param held in which epochs, by name
     * @param others names it does not hold
     * @return by name, the held ones that still were held in that epoch, as they stand renewed, and
     *     the others that were ever taken
     */
    Map<String, Lease> turn(String holder, Map<String, Long> held, Set<String> others);

    /** A lease; empty when it was never taken. One round trip. */
    default Optional<Lease> look(String name) {
        return Optional.ofNullable(turn("", Map.of(), Set.of(name)).get(name));
    }

    /**
     * Takes a lease if it stands as it was seen.
     *
     * @param holder 1 to 200 characters, unique to the process
     * @param seen what was seen; empty when it was not there
     * @return the lease as it stands then, whoever holds it; the epoch is one more when it was
     *     taken by this call
     */
    Lease take(String name, String holder, Optional<Lease> seen, Instant now);

    /**
     * Renews a lease.
     *
     * @return whether it was still held in this epoch
     */
    default boolean renew(String name, String holder, long epoch) {
        return turn(holder, Map.of(name, epoch), Set.of()).containsKey(name);
    }

    /** Lays a lease down, if it is held in this epoch: others need not wait. */
    void release(String name, String holder, long epoch);

    /** All leases by name, at most {@value #MOST}. */
    List<Lease> all();
}
