package dev.millrace.store;

import dev.millrace.job.Durability;
import dev.millrace.job.JobTerms;
import dev.millrace.job.RetryPolicy;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * A job about to be accepted: checked, encoded, with its id.
 *
 * @param id from {@link JobStore#reserveIds}
 * @param queue where it waits
 * @param kind what it does
 * @param version of the payload's shape
 * @param priority 0 to 9
 * @param payload JSON text
 * @param maxAttempts attempts in all
 * @param retry the job's own policy when it has one; its attempts equal {@code maxAttempts}
 * @param tags names, at most 20
 * @param createdAt when it was accepted
 * @param runAt not before this moment; {@code null}, or a moment not after {@code createdAt}, means
 *     that it is available at once
 * @param terms what else it was told
 * @param holds the keys it wants to hold, at most one of each scope, idempotency first; empty for
 *     most
 * @param durability what its receipt has to be worth
 */
public record NewJob(
        long id,
        String queue,
        String kind,
        int version,
        int priority,
        String payload,
        int maxAttempts,
        @Nullable RetryPolicy retry,
        List<String> tags,
        Instant createdAt,
        @Nullable Instant runAt,
        JobTerms terms,
        List<KeyHold> holds,
        Durability durability) {

    /** A job that is told nothing more, on disk. */
    public NewJob(
            long id,
            String queue,
            String kind,
            int version,
            int priority,
            String payload,
            int maxAttempts,
            @Nullable RetryPolicy retry,
            List<String> tags,
            Instant createdAt,
            @Nullable Instant runAt) {
        this(
                id,
                queue,
                kind,
                version,
                priority,
                payload,
                maxAttempts,
                retry,
                tags,
                createdAt,
                runAt,
                JobTerms.NONE,
                List.of(),
                Durability.DISK);
    }

    /** Whether it has to wait before it is available. */
    public boolean isDelayed() {
        return runAt != null && runAt.isAfter(createdAt);
    }

    /** Whether it wants to hold keys, so that it may turn out to be a duplicate. */
    public boolean isKeyed() {
        return !holds.isEmpty();
    }

    /** The same job, wanting to hold these keys. */
    public NewJob holding(List<KeyHold> keys) {
        return with(terms, List.copyOf(keys));
    }

    /** The same job, as a member of a batch. */
    public NewJob inBatch(long batchId) {
        return with(terms.inBatch(batchId), holds);
    }

    private NewJob with(JobTerms otherTerms, List<KeyHold> otherHolds) {
        return new NewJob(
                id,
                queue,
                kind,
                version,
                priority,
                payload,
                maxAttempts,
                retry,
                tags,
                createdAt,
                runAt,
                otherTerms,
                otherHolds,
                durability);
    }
}
