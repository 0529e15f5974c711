package dev.millrace.job;

import java.time.Instant;
import java.util.List;

/**
 * A job as it stood when it was looked at.
 *
 * @param id its id
 * @param kind what it does
 * @param version of its payload
 * @param queue where it waits or waited
 * @param priority 0 to 9
 * @param payload JSON text
 * @param tags as given
 * @param attempt the attempt under way or next; for an ended job the last one
 * @param maxAttempts attempts in all
 * @param createdAt when it was accepted
 * @param state where it stands
 * @param terms what else it was told
 * @param attempts ended attempts, oldest first, at most the newest 100; empty in lists
 */
public record JobSnapshot(
        long id,
        String kind,
        int version,
        String queue,
        int priority,
        String payload,
        List<String> tags,
        int attempt,
        int maxAttempts,
        Instant createdAt,
        JobState state,
        JobTerms terms,
        List<Attempt> attempts) {

    /** Copies the lists. */
    public JobSnapshot {
        tags = List.copyOf(tags);
        attempts = List.copyOf(attempts);
    }
}
