package dev.millrace.queue;

import dev.millrace.store.Accepted;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** An accepted job, as its caller keeps it. Thread-safe. */
public final class JobHandle {
    private final long id;
    private final Accepted.How how;
    private final @Nullable Instant acceptedAt;
    private final Awaits awaits;

    JobHandle(long id, Awaits awaits) {
        this(new Accepted(id, Accepted.How.NEW), null, awaits);
    }

    JobHandle(Accepted accepted, @Nullable Instant acceptedAt, Awaits awaits) {
        this.id = accepted.jobId();
        this.how = accepted.how();
        this.acceptedAt = acceptedAt;
        this.awaits = awaits;
    }

    /** The job's id, unique in its store for ever. */
    public long id() {
        return id;
    }

    /**
     * When the job was accepted; empty for a duplicate and for a handle on a job accepted earlier
     * or elsewhere.
     */
    public Optional<Instant> acceptedAt() {
        return Optional.ofNullable(acceptedAt);
    }

    /**
     * Whether the job was there before: it holds the unique key, or was the answer to the first
     * request with this idempotency key. The job of the later request was not accepted.
     */
    public boolean isDuplicate() {
        return how == Accepted.How.DUPLICATE;
    }

    /** Whether it took the place of a waiting job with the same unique key. */
    public boolean isReplacement() {
        return how == Accepted.How.REPLACED;
    }

    /**
     * Completed when the job has ended, wherever it runs; costs as {@link #await} does. It stays
     * pending for as long as the job lives, and for ever when this process closes first or the job
     * is gone: whoever no longer wants it cancels its {@link CompletionStage#toCompletableFuture},
     * so that it is asked about no longer. Dependent actions run on a thread of the engine's and
     * must be quick.
     */
    public CompletionStage<JobResult> whenEnded() {
        return awaits.whenEnded(id);
    }

    /**
     * Waits until the job has ended, wherever it runs. Cost: one bounded query for all waiting
     * callers of this process together, at once when the job ended in this process, else up to
     * twenty times a second.
     *
     * @param timeout how long at most
     * @return the result; empty when the job has not ended in time
     */
    public Optional<JobResult> await(Duration timeout) throws InterruptedException {
        return awaits.await(id, timeout);
    }

    @Override
    public String toString() {
        return "job " + id;
    }
}
