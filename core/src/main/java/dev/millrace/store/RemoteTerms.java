package dev.millrace.store;

import dev.millrace.job.MillraceException;

import java.time.Duration;

/**
 * What is kept of a worker whose beats come through others.
 *
 * @param lease how long its beat may stand still before it is held for dead, 1 s to 1 h; not more
 *     than {@link #UNPROVEN} while it has not beaten once
 * @param seal what stands for its secret; empty when it has none, and then nobody speaks for it
 * @param caller who registered it; empty where nobody has to say who they are
 */
public record RemoteTerms(Duration lease, String seal, String caller) {
    /** The longest lease of a worker that has not beaten since it was registered. */
    public static final Duration UNPROVEN = Duration.ofSeconds(30);

    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofHours(1);

    /** Checks the lease. */
    public RemoteTerms {
        if (lease.compareTo(LEAST) < 0 || lease.compareTo(MOST) > 0) {
            throw MillraceException.invalid(
                    "a worker's lease must be 1s to 1h, got %s; it is not registered"
                            .formatted(lease));
        }
    }
}
