package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A queue as it stood. Counts are exact up to {@value #COUNT_BOUND} and stop there.
 *
 * @param queue its name
 * @param available jobs waiting for a worker; those that wait for a limit are not among them
 * @param scheduled jobs due later
 * @param running jobs taken by workers
 * @param discarded jobs set aside
 * @param oldestAvailable when the job that waits longest was accepted
 * @param control what is set on it
 * @param blocked jobs waiting for a limit by key; their state is available all the same
 */
public record QueueSnapshot(
        String queue,
        int available,
        int scheduled,
        int running,
        int discarded,
        @Nullable Instant oldestAvailable,
        QueueControl control,
        int blocked) {
    /** A queue with nobody waiting for a limit. */
    public QueueSnapshot(
            String queue,
            int available,
            int scheduled,
            int running,
            int discarded,
            @Nullable Instant oldestAvailable,
            QueueControl control) {
        this(queue, available, scheduled, running, discarded, oldestAvailable, control, 0);
    }

    /** A queue with nothing set on it. */
    public QueueSnapshot(
            String queue,
            int available,
            int scheduled,
            int running,
            int discarded,
            @Nullable Instant oldestAvailable) {
        this(queue, available, scheduled, running, discarded, oldestAvailable, QueueControl.NONE);
    }

    /** Counting stops here; a count of this size means "at least". */
    public static final int COUNT_BOUND = 10_000;
}
