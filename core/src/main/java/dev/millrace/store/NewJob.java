package dev.millrace.store;

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
        @Nullable Instant runAt) {

    /** Whether it has to wait before it is available. */
    public boolean isDelayed() {
        return runAt != null && runAt.isAfter(createdAt);
    }
}
