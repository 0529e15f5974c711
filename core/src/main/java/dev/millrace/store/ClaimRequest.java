package dev.millrace.store;

import dev.millrace.job.KindVersion;

import java.time.Instant;
import java.util.Set;

/**
 * One worker's wish for work from one queue.
 *
 * @param workerId from {@link JobStore#register}
 * @param claimId chosen by the worker, never used before; names what this call took
 * @param queue where to look
 * @param kinds what the worker can run; other kinds are never looked at
 * @param max the most jobs to take, 1 to {@value #MAX}
 * @param sweep look from the very start instead of the remembered position
 * @param aged whether the longest waiting are taken, whatever their priority; else the highest
 *     priority is
 * @param now the worker's time, kept as the claim's time
 */
public record ClaimRequest(
        long workerId,
        long claimId,
        String queue,
        Set<KindVersion> kinds,
        int max,
        boolean sweep,
        boolean aged,
        Instant now) {

    /** The most jobs one claim takes. */
    public static final int MAX = 1000;

    /**
     * The most payload one claim takes, in bytes of UTF-8: a claim ends before the job that would
     * pass it. A single job may be larger.
     */
    public static final int MAX_BYTES = 16 << 20;

    /** One claim of so many by the same worker from the same queue should be {@link #aged}. */
    public static final int AGED_EVERY = 16;

    /** By priority. */
    public ClaimRequest(
            long workerId,
            long claimId,
            String queue,
            Set<KindVersion> kinds,
            int max,
            boolean sweep,
            Instant now) {
        this(workerId, claimId, queue, kinds, max, sweep, false, now);
    }

    /** Checks the bound and copies the kinds. */
    public ClaimRequest {
        if (max < 1 || max > MAX) {
            throw new IllegalArgumentException("max must be 1 to " + MAX + ", got " + max);
        }
        kinds = Set.copyOf(kinds);
    }
}
