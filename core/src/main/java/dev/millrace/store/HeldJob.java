package dev.millrace.store;

import java.time.Instant;

/**
 * A job that a worker holds.
 *
 * @param job as it was claimed
 * @param claimedAt when
 */
public record HeldJob(ClaimedJob job, Instant claimedAt) {
    /** The most jobs of one look. */
    public static final int MOST = 1_000;
}
