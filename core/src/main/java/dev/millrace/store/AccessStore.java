package dev.millrace.store;

import dev.millrace.job.MillraceException;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Who did what, and who is signed in, the same for every process. Thread-safe, for any number of
 * processes at once; each method is one bounded round trip.
 */
public interface AccessStore {
    /** The most entries kept or shown at once. */
    int MOST_AT_ONCE = 1_000;

    /**
     * Keeps what was done, all or nothing, on disk when it returns.
     *
     * @param entries at most {@value #MOST_AT_ONCE}; their ids are chosen here, in their order
     */
    void audit(List<AuditEntry> entries);

    /**
     * What was done, the newest first.
     *
     * @param before only entries with smaller ids; {@link Long#MAX_VALUE} for the newest
     * @param limit 1 to {@value #MOST_AT_ONCE}
     */
    List<AuditEntry> audited(long before, int limit);

    /**
     * Forgets old entries, in one step: those from before a moment, and those beyond the newest so
     * many. The oldest go first.
     *
     * @param before entries from before this
     * @param keep entries with an id so far behind the newest go as well
     * @param max the most forgotten in this step, 1 to 10,000
     * @return how many were
     */
    int forgetAudit(Instant before, long keep, int max);

    /** Keeps a session, on disk when it returns. */
    void signIn(SignIn session);

    /** The session with this hash; empty when there is none, or it has expired by then. */
    Optional<SignIn> signedIn(String tokenHash, Instant now);

    /** Ends a session; answers whether there was one. */
    boolean signOut(String tokenHash);

    /** Ends every session of a user; answers how many there were. */
    int signOutAll(String user);

    /**
     * Removes sessions that have expired, the longest ago first.
     *
     * @param max the most removed, 1 to 10,000
     * @return how many were
     */
    int expireSignIns(Instant now, int max);

    /**
     * The number, if it is within bounds.
     *
     * @throws MillraceException with {@code invalid-input} when it is not
     */
    static int within(String what, int got, int most) {
        if (got < 1 || got > most) {
            throw MillraceException.invalid(
                    "%s must be 1 to %d, got %d; nothing was done".formatted(what, most, got));
        }
        return got;
    }
}
