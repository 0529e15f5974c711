package dev.millrace.web.look;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.job.JobView;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The workers and queues as they were seen a moment ago, for everybody in this process who shows
 * them: one looks, whoever comes meanwhile waits for that look. It is shared for half a second, or
 * for ten times as long as it took, at most 5 s, so that counting takes a tenth of one connection's
 * time however much there is to count. Thread-safe.
 */
public final class Recent {
    private static final Duration LEAST = Duration.ofMillis(500);
    private static final Duration MOST = Duration.ofSeconds(5);
    private static final int TIMES = 10;

    /** How long what is set on one queue is taken to hold. */
    private static final Duration GLANCE = Duration.ofSeconds(1);

    private static final int MOST_GLANCES = 1_000;

    private final JobStore store;
    private final Clock clock;
    private final Hiding hiding;
    private final Changes changes;
    private final ReentrantLock looking = new ReentrantLock();
    private final Map<String, Glance> glances = new LinkedHashMap<>();
    private volatile @Nullable Seen seen;
    private final AtomicLong forgottenAt = new AtomicLong();

    /**
     * What was seen.
     *
     * @param at when the look was over
     * @param until how long it is shared
     * @param change the last change that was certainly over when it began
     */
    public record Seen(
            Instant at,
            Instant until,
            long change,
            List<WorkerSnapshot> workers,
            List<QueueSnapshot> queues) {}

    /** What is needed to tell of one queue whether its jobs wait, without counting. */
    private record Glance(Instant at, List<WorkerSnapshot> workers, QueueSnapshot queue) {}

    /**
     * Nothing is looked at before somebody asks.
     *
     * @param hiding what is not shown of jobs
     */
    public Recent(JobStore store, Clock clock, Hiding hiding, Changes changes) {
        this.store = store;
        this.clock = clock;
        this.hiding = hiding;
        this.changes = changes;
    }

    /** What is hidden of jobs. */
    public Hiding hiding() {
        return hiding;
    }

    /** Something that everybody is to see at once was changed: how things stood is forgotten. */
    public void forget() {
        forgottenAt.accumulateAndGet(changes.made(), Math::max);
        synchronized (glances) {
            glances.clear();
        }
    }

    /** Workers and queues. */
    public Seen seen() {
        return seen(0);
    }

    /**
     * Workers and queues as they stood after a change.
     *
     * @param change a number of {@link Changes}
     */
    public Seen seen(long change) {
        Seen last = fresh(change);
        if (last != null) {
            return last;
        }
        looking.lock();
        try {
            last = fresh(change);
            return last == null ? look() : last;
        } finally {
            looking.unlock();
        }
    }

    private @Nullable Seen fresh(long change) {
        Seen last = seen;
        return last != null
                        && last.change() >= Math.max(change, forgottenAt.get())
                        && last.until().isAfter(clock.instant())
                ? last
                : null;
    }

    private Seen look() {
        long change = changes.last();
        Instant began = clock.instant();
        List<WorkerSnapshot> workers = store.workers();
        List<QueueSnapshot> queues = store.queues();
        // when it is over: a slow look would be old at once
        Instant at = clock.instant();
        Duration shared = Duration.between(began, at).multipliedBy(TIMES);
        shared = shared.compareTo(LEAST) < 0 ? LEAST : shared;
        shared = shared.compareTo(MOST) > 0 ? MOST : shared;
        var now = new Seen(at, at.plus(shared), change, workers, queues);
        seen = now;
        return now;
    }

    /** Whoever listens is about to hear of a change. */
    public void told() {
        changes.told();
    }

    /** How jobs of whatever queue are shown now. */
    public JobView view() {
        return view(seen());
    }

    /** How jobs are shown that were seen with these. */
    public JobView view(Seen with) {
        return new JobView(clock.instant(), with.workers(), with.queues()).hiding(hiding);
    }

    /** How a job is shown now, with the limit that holds it. */
    public JobView view(JobSnapshot job) {
        return view(List.of(job)).knowing(store, List.of(job));
    }

    /** How these jobs are shown now; counts nothing where that says nothing of them. */
    public JobView view(Collection<JobSnapshot> jobs) {
        List<String> queues =
                jobs.stream()
                        .filter(job -> job.state() instanceof JobState.Available)
                        .map(JobSnapshot::queue)
                        .distinct()
                        .limit(2)
                        .toList();
        return switch (queues.size()) {
            case 0 -> new JobView(clock.instant(), List.of()).hiding(hiding);
            case 1 -> view(queues.getFirst());
            default -> view();
        };
    }

    /**
     * How a job of a queue is shown now. Counts only where how many run decides why it waits: where
     * the queue is limited. Else at most two quick looks, shared for a second.
     */
    public JobView view(String queue) {
        Seen last = fresh(0);
        if (last != null) {
            return view(last);
        }
        Glance glance = glance(queue);
        return glance.queue().control().maxRunning() == null ? view(glance) : view();
    }

    /** The same, never waiting for a count: how many run is told as it was last known. */
    public JobView viewAtOnce(String queue) {
        Seen last = fresh(0);
        return last == null ? view(glance(queue)) : view(last);
    }

    private JobView view(Glance glance) {
        return new JobView(clock.instant(), glance.workers(), List.of(glance.queue()))
                .hiding(hiding);
    }

    private Glance glance(String queue) {
        Instant now = clock.instant();
        synchronized (glances) {
            Glance last = glances.get(queue);
            if (last != null && last.at().plus(GLANCE).isAfter(now)) {
                return last;
            }
        }
        long change = changes.last();
        List<WorkerSnapshot> workers = store.workers();
        QueueControl control = store.control(queue);
        var found = new Glance(now, workers, new QueueSnapshot(queue, 0, 0, 0, 0, null, control));
        synchronized (glances) {
            if (change >= forgottenAt.get()) {
                glances.remove(queue);
                glances.put(queue, found);
                if (glances.size() > MOST_GLANCES) {
                    glances.remove(glances.keySet().iterator().next());
                }
            }
        }
        return found;
    }
}
