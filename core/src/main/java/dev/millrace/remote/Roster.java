package dev.millrace.remote;

import dev.millrace.job.MillraceException;
import dev.millrace.store.JobStore;
import dev.millrace.store.WorkerSnapshot;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/** The workers as they were seen at most a second ago. Thread-safe; one look a second. */
final class Roster {
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final JobStore store;
    private final AtomicReference<Seen> seen;

    private record Seen(long atNanos, Map<Long, WorkerSnapshot> workers) {}

    Roster(JobStore store) {
        this.store = store;
        this.seen = new AtomicReference<>(new Seen(System.nanoTime() - FRESH_NANOS, Map.of()));
    }

    /**
     * A worker that lives.
     *
     * @throws MillraceException with {@code worker-lost} when it is unknown or was declared dead
     */
    WorkerSnapshot require(long id) {
        WorkerSnapshot worker = seen(false).get(id);
        if (worker == null) {
            worker = seen(true).get(id);
        }
        if (worker == null || worker.dead()) {
            throw lost(id);
        }
        return worker;
    }

    static MillraceException lost(long id) {
        return new MillraceException(
                MillraceException.Code.WORKER_LOST,
                ("worker %d is not registered, or was declared dead because it did not beat for its"
                                + " lease; its jobs are given to others; register anew")
                        .formatted(id));
    }

    private Map<Long, WorkerSnapshot> seen(boolean now) {
        Seen last = seen.get();
        if (!now && System.nanoTime() - last.atNanos() < FRESH_NANOS) {
            return last.workers();
        }
        long at = System.nanoTime();
        var fresh =
                new Seen(
                        at,
                        store.workers().stream()
                                .collect(Collectors.toMap(WorkerSnapshot::id, each -> each)));
        seen.set(fresh);
        return fresh.workers();
    }
}
