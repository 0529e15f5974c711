package dev.millrace.store;

import dev.millrace.job.JobTerms;
import dev.millrace.job.RetryPolicy;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * A job taken by a worker, with all that running it needs.
 *
 * @param id the job's id
 * @param claimId the claim it belongs to
 * @param queue where it waited
 * @param kind what it does
 * @param version of the payload's shape
 * @param priority 0 to 9
 * @param payload JSON text
 * @param attempt the attempt about to start; 1 is the first
 * @param rescues how often a worker died with it since an attempt last ended by itself
 * @param maxAttempts attempts in all
 * @param retry the job's own policy when it has one
 * @param tags as given
 * @param createdAt when it was accepted
 * @param terms what else it was told
 */
public record ClaimedJob(
        long id,
        long claimId,
        String queue,
        String kind,
        int version,
        int priority,
        String payload,
        int attempt,
        int rescues,
        int maxAttempts,
        @Nullable RetryPolicy retry,
        List<String> tags,
        Instant createdAt,
        JobTerms terms) {

    /** A claimed job that was told nothing more. */
    public ClaimedJob(
            long id,
            long claimId,
            String queue,
            String kind,
            int version,
            int priority,
            String payload,
            int attempt,
            int rescues,
            int maxAttempts,
            @Nullable RetryPolicy retry,
            List<String> tags,
            Instant createdAt) {
        this(
                id,
                claimId,
                queue,
                kind,
                version,
                priority,
                payload,
                attempt,
                rescues,
                maxAttempts,
                retry,
                tags,
                createdAt,
                JobTerms.NONE);
    }

    /** From this many rescues on a job is claimed alone, so that it takes no neighbour along. */
    public static final int ALONE_FROM_RESCUES = 2;

    /** A job rescued more often than this is discarded. */
    public static final int MAX_RESCUES = 5;

    /** Whether it must run without neighbours in its process. */
    public boolean runsAlone() {
        return rescues >= ALONE_FROM_RESCUES;
    }

    /** The claim on this job. */
    public JobClaim claim() {
        return new JobClaim(id, claimId);
    }
}
