package dev.millrace.queue;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** An accepted job, as its caller keeps it. Thread-safe. */
public final class JobHandle {
    private final long id;
    private final @Nullable Instant acceptedAt;
    private final Awaits awaits;

    JobHandle(long id, @Nullable Instant acceptedAt, Awaits awaits) {
        this.id = id;
        this.acceptedAt = acceptedAt;
        this.awaits = awaits;
    }

    /** The job's id, unique in its store for ever. */
    public long id() {
        return id;
    }

    /** When the job was accepted; empty for a handle on a job accepted earlier or elsewhere. */
    public Optional<Instant> acceptedAt() {
        return Optional.ofNullable(acceptedAt);
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
