package dev.millrace.testkit.contract;

import dev.millrace.job.KindVersion;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * A job about to be enqueued by a test; each method answers a changed copy. It starts as kind
 * {@code work} version 1 in queue {@code q}, priority 4, payload {@code {}}, 10 attempts.
 *
 * @param queue where it waits
 * @param kind what it does
 * @param priority 0 to 9
 * @param payload JSON text
 * @param maxAttempts attempts in all
 * @param retry its own policy
 * @param tags its tags
 * @param runAt when it is due
 */
public record Draft(
        String queue,
        KindVersion kind,
        int priority,
        String payload,
        int maxAttempts,
        @Nullable RetryPolicy retry,
        List<String> tags,
        @Nullable Instant runAt) {

    Draft() {
        this(Bench.QUEUE, Bench.WORK, 4, "{}", 10, null, List.of(), null);
    }

    /** The same in another queue. */
    public Draft in(String other) {
        return new Draft(other, kind, priority, payload, maxAttempts, retry, tags, runAt);
    }

    /** The same of another kind. */
    public Draft of(KindVersion other) {
        return new Draft(queue, other, priority, payload, maxAttempts, retry, tags, runAt);
    }

    /** The same with another priority. */
    public Draft at(int other) {
        return new Draft(queue, kind, other, payload, maxAttempts, retry, tags, runAt);
    }

    /** The same with another payload. */
    public Draft with(String other) {
        return new Draft(queue, kind, priority, other, maxAttempts, retry, tags, runAt);
    }

    /** The same with its own policy. */
    public Draft retrying(RetryPolicy own) {
        return new Draft(queue, kind, priority, payload, own.maxAttempts(), own, tags, runAt);
    }

    /** The same with these tags. */
    public Draft tagged(String... other) {
        return new Draft(queue, kind, priority, payload, maxAttempts, retry, List.of(other), runAt);
    }

    /** The same, due at the given moment. */
    public Draft due(Instant at) {
        return new Draft(queue, kind, priority, payload, maxAttempts, retry, tags, at);
    }

    /** The job itself. */
    public NewJob job(long id, Instant createdAt) {
        return new NewJob(
                id,
                queue,
                kind.kind(),
                kind.version(),
                priority,
                payload,
                maxAttempts,
                retry,
                tags,
                createdAt,
                runAt);
    }
}
