package dev.millrace.web.api;

import dev.millrace.job.JobSnapshot;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.job.JobView;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The workers and queues as they were seen at most a second ago, shared by all requests, to tell
 * why a job waits. Thread-safe; two queries a second at most.
 */
final class Recent {
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final JobStore store;
    private final Clock clock;
    private final Hiding hiding;
    private final ReentrantLock looking = new ReentrantLock();
    private final AtomicReference<Seen> seen =
            new AtomicReference<>(new Seen(Instant.MIN, List.of(), List.of()));

    private record Seen(Instant at, List<WorkerSnapshot> workers, List<QueueSnapshot> queues) {
        boolean isFresh(Instant now) {
            return at.isAfter(now.minus(FRESH));
        }
    }

    Recent(JobStore store, Clock clock, Hiding hiding) {
        this.hiding = hiding;
        this.store = store;
        this.clock = clock;
    }

    /** What is hidden of jobs. */
    Hiding hiding() {
        return hiding;
    }

    /** How jobs are shown now. */
    JobView view() {
        Instant now = clock.instant();
        Seen last = seen(now);
        return new JobView(now, last.workers(), last.queues()).hiding(hiding);
    }

    /** How a job is shown now, with the limit that holds it. */
    JobView view(JobSnapshot job) {
        return view().knowing(store, List.of(job));
    }

    /** One caller looks again; the others take what there is, unless there never was anything. */
    private Seen seen(Instant now) {
        Seen last = seen.get();
        if (last.isFresh(now)) {
            return last;
        }
        boolean first = last.at().equals(Instant.MIN);
        if (first) {
            looking.lock();
        } else if (!looking.tryLock()) {
            return last;
        }
        try {
            if (!seen.get().isFresh(now)) {
                seen.set(new Seen(now, store.workers(), store.queues()));
            }
            return seen.get();
        } finally {
            looking.unlock();
        }
    }
}
