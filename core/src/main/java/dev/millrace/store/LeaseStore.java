package dev.millrace.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Who leads. A part of the {@link JobStore}; the same rules and failures hold. Rows are as many as
 * names ever led. The store compares no times: who waits for a lease watches by its own clock
 * whether the beat stands still.
 */
public interface LeaseStore {
    /** The most leases listed. */
    int MOST = 1_000;

    /** A lease; empty when it was never taken. One round trip. */
    Optional<Lease> look(String name);

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
    boolean renew(String name, String holder, long epoch);

    /** Lays a lease down, if it is held in this epoch: others need not wait. */
    void release(String name, String holder, long epoch);

    /** All leases by name, at most {@value #MOST}. */
    List<Lease> all();
}
