package dev.millrace.admin;

import dev.millrace.job.MillraceException;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;
import dev.millrace.store.WorkerSnapshot;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Says how many workers each queue wants, so that something outside starts and stops them.
 *
 * <p>By Little's law jobs that arrive at a rate and run for a time keep {@code rate * time} slots
 * busy; to drain what waits within the target takes {@code waiting * time / target} slots more.
 * Never fewer slots are wanted than jobs are running, so that nothing is stopped for having no
 * successors, and never more than the queue's limit. That many slots, divided by what a live worker
 * has on average, rounded up, is the number of workers wanted: 0 to {@value #MOST_WORKERS}. Of a
 * paused queue nothing is claimed, so nothing but what runs is counted.
 *
 * <p>Rates are those of the last two to three minutes, over all processes; the run time too, or
 * that of the last day where nothing ended in them, or {@link #GUESS} where nothing is known. Jobs
 * accepted with a delay, or by SQL alone, count from when they are due or there: as what waits. By
 * the formula such a queue settles where jobs wait as long as the target. Thread-safe.
 */
public final class Scale {
    /** The target when nothing is said. */
    public static final Duration TARGET = Duration.ofSeconds(10);

    /** The slots of a worker of a queue that no live worker serves. */
    public static final int SLOTS = 64;

    /** How long a job is taken to run of which nothing is known. */
    public static final Duration GUESS = Duration.ofSeconds(1);

    /** No more are wanted for one queue. */
    public static final int MOST_WORKERS = 10_000;

    /** The shortest target. */
    public static final Duration LEAST = Duration.ofSeconds(1);

    /** The longest target. */
    public static final Duration MOST = Duration.ofDays(1);

    private static final int MINUTES = 2;

    private final JobStore store;
    private final Clock clock;

    /** Scales what is in a store. */
    public Scale(JobStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Every queue with what it wants, by name. Four round trips; five when jobs wait of which none
     * ended lately.
     *
     * @param targetWait how long jobs may wait for a slot: 1 s to 1 day
     * @throws MillraceException with {@code invalid-input} when it is out of bounds
     */
    public List<QueueScale> look(Duration targetWait) {
        return look(targetWait, store.queues());
    }

    /** The same for queues as they were looked at just now; one round trip less. */
    public List<QueueScale> look(Duration targetWait, List<QueueSnapshot> queues) {
        if (targetWait.compareTo(LEAST) < 0 || targetWait.compareTo(MOST) > 0) {
            throw MillraceException.invalid(
                    "the target wait must be 1s to 1d, got %s; nothing was looked at"
                            .formatted(targetWait));
        }
        Instant now = clock.instant();
        Instant from = now.truncatedTo(ChronoUnit.MINUTES).minus(MINUTES, ChronoUnit.MINUTES);
        Map<String, Integer> due = store.due(now);
        Map<String, Tally> lately = sums(from, now);
        boolean unknown =
                queues.stream()
                        .filter(each -> each.available() > 0 || due.containsKey(each.queue()))
                        .anyMatch(each -> runs(lately.get(each.queue())) == 0);
        var around =
                new Around(
                        now,
                        Duration.between(from, now),
                        targetWait,
                        store.workers().stream().filter(worker -> worker.takesJobs(now)).toList(),
                        due,
                        lately,
                        unknown ? sums(now.minus(1, ChronoUnit.DAYS), now) : Map.of());
        return queues.stream().map(around::scale).toList();
    }

    private static long runs(@Nullable Tally counted) {
        return counted == null ? 0 : counted.runs();
    }

    private Map<String, Tally> sums(Instant from, Instant now) {
        var sums = new HashMap<String, Tally>();
        // a minute more: processes whose clocks run ahead
        var range = new TallyRange(null, from, now.plus(1, ChronoUnit.MINUTES), Duration.ofDays(1));
        for (Tally tally : store.tallies().sums(range)) {
            sums.merge(tally.queue(), tally, Tally::plus);
        }
        return sums;
    }

    /** What is known of all queues. */
    private record Around(
            Instant now,
            Duration time,
            Duration target,
            List<WorkerSnapshot> live,
            Map<String, Integer> due,
            Map<String, Tally> lately,
            Map<String, Tally> day) {

        QueueScale scale(QueueSnapshot queue) {
            String name = queue.queue();
            Tally counted = lately.getOrDefault(name, Tally.none(name, Instant.EPOCH));
            double seconds = time.toMillis() / 1e3;
            double arrivals = Math.max(0, counted.enqueued() - counted.delayed()) / seconds;
            Duration run = averageRun(counted);
            if (run == null) {
                run = averageRun(day.getOrDefault(name, Tally.none(name, Instant.EPOCH)));
            }
            int workers = 0;
            int slots = 0;
            for (WorkerSnapshot worker : live) {
                Integer here = worker.queues().get(name);
                workers += here == null ? 0 : 1;
                slots += here == null ? 0 : here;
            }
            int waits = queue.available() + due.getOrDefault(name, 0);
            double each = workers == 0 ? SLOTS : (double) slots / workers;
            return new QueueScale(
                    name,
                    queue.control().paused(),
                    queue.control().maxRunning(),
                    waited(queue),
                    queue.available(),
                    due.getOrDefault(name, 0),
                    queue.running(),
                    workers,
                    slots,
                    arrivals,
                    counted.completed() / seconds,
                    run,
                    workers(wantedSlots(queue, arrivals, waits, run == null ? GUESS : run) / each));
        }

        private static @Nullable Duration averageRun(Tally counted) {
            return counted.runs() == 0
                    ? null
                    : Duration.ofMillis(Math.ceilDiv(counted.runMillis(), counted.runs()));
        }

        private Duration waited(QueueSnapshot queue) {
            Instant oldest = queue.oldestAvailable();
            return oldest == null || oldest.isAfter(now)
                    ? Duration.ZERO
                    : Duration.between(oldest, now);
        }

        private double wantedSlots(QueueSnapshot queue, double arrivals, int waits, Duration run) {
            if (queue.control().paused()) {
                return queue.running();
            }
            // a job takes some time whatever the clock says
            double runSeconds = Math.max(1, run.toMillis()) / 1e3;
            double wanted = arrivals * runSeconds + waits * runSeconds / (target.toMillis() / 1e3);
            Integer limit = queue.control().maxRunning();
            if (limit != null) {
                wanted = Math.min(wanted, limit);
            }
            return Math.max(wanted, queue.running());
        }

        private static int workers(double wanted) {
            return (int) Math.min(MOST_WORKERS, Math.ceil(wanted));
        }
    }
}
