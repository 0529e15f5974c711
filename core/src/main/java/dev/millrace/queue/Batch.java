package dev.millrace.queue;

import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;

import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Jobs that belong together. Thread-safe. It takes members until it has ended: from whoever made it
 * until it is closed, and from its own members as long as one of them has not ended.
 */
public final class Batch {
    private final long id;
    private final Batches batches;

    Batch(long id, Batches batches) {
        this.id = id;
        this.batches = batches;
    }

    /** Adds the members of a new batch. */
    @FunctionalInterface
    public interface Filling {
        /** Adds them; the batch is closed when it returns and cancelled when it throws. */
        void fill(Batch batch) throws InterruptedException;
    }

    /** Its number, of the same row as those of jobs. */
    public long id() {
        return id;
    }

    /**
     * Accepts a job as a member; durable when it returns. One round trip: many go better by {@link
     * #addAll}.
     *
     * @return the job's id
     * @throws MillraceException with {@code invalid-input} when the batch has ended or was
     *     cancelled, or the request has keys of its own
     */
    public long add(JobRequest<?> request) throws InterruptedException {
        return batches.add(id, Stream.of(request).iterator()).last();
    }

    /**
     * Accepts a stream of jobs of any length as members, never holding more than a thousand; each
     * thousand is accepted for itself.
     *
     * @return how many
     * @throws MillraceException as {@link #add}; those accepted before stay
     */
    public long addAll(Stream<? extends JobRequest<?>> requests) throws InterruptedException {
        try (requests) {
            Iterator<? extends JobRequest<?>> each = requests.iterator();
            return batches.add(id, each).count();
        }
    }

    /** Makes a batch that is a member of this one, and fills it. */
    public Batch batch(String name, Filling filling, BatchCallback... callbacks)
            throws InterruptedException {
        return batches.make(id, name, filling, callbacks);
    }

    /** Says that nobody but members adds more. Twice does nothing. */
    public void close() {
        batches.store().close(id);
    }

    /**
     * Cancels what is left of it: waiting members end soon, running ones are interrupted.
     *
     * @return the state in which it was found; empty when it is unknown
     */
    public Optional<BatchState> cancel() {
        return batches.store().cancel(id);
    }

    /** How it stands; one round trip, whatever its size. */
    public Optional<BatchSnapshot> look() {
        return batches.store().find(id);
    }
}
