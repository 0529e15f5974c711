package dev.millrace.admin;

import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.loop.Backoff;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.JobStore;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/**
 * One action on every job that matches a filter and was accepted before it began. It goes through
 * the jobs page by page along an index, {@value #STEP} in a step, and rests after each step for as
 * long as the step took, so that it takes at most half of one connection's time. What it has done
 * stays done when it is cancelled or fails; running the same action again goes on with the rest.
 * Run once; thread-safe.
 */
public final class BulkAction {
    /** The most jobs one step moves. */
    public static final int STEP = 500;

    /** The most jobs a preview looks at, but for a page more. */
    public static final int MOST_PREVIEWED = 100_000;

    /** The longest a preview takes, but for a page more. */
    public static final Duration PREVIEWED_FOR = Duration.ofSeconds(5);

    private static final int PREVIEW_PAGE = 1_000;
    private static final int EXAMPLES = 10;
    private static final Duration LONGEST_REST = Duration.ofSeconds(1);
    private static final int MOST_FAILURES = 10;

    private final JobStore store;
    private final Clock clock;
    private final RandomGenerator random;
    private final Kind kind;
    private final JobFilter filter;
    private final String reason;
    private final List<JobState.Name> states;
    private final AtomicBoolean started = new AtomicBoolean();
    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile Progress progress = new Progress(Phase.WAITING, 0, 0, null);

    /** What is done to each job. */
    public enum Kind {
        /** Waiting jobs end as cancelled, running ones are asked to end. */
        CANCEL,
        /** Discarded jobs start over, scheduled ones become available. */
        RETRY,
        /** Jobs that have come to rest are removed with their history. */
        DELETE;

        /** The states in which a job can be acted on. */
        public List<JobState.Name> states() {
            return switch (this) {
                case CANCEL ->
                        List.of(
                                JobState.Name.AVAILABLE,
                                JobState.Name.SCHEDULED,
                                JobState.Name.RUNNING);
                case RETRY -> List.of(JobState.Name.DISCARDED, JobState.Name.SCHEDULED);
                case DELETE ->
                        List.of(
                                JobState.Name.COMPLETED,
                                JobState.Name.CANCELLED,
                                JobState.Name.EXPIRED,
                                JobState.Name.DISCARDED);
            };
        }

        /** Without a state in the filter, retry means discarded jobs only. */
        private List<JobState.Name> usual() {
            return this == RETRY ? List.of(JobState.Name.DISCARDED) : states();
        }

        /** The name in lower case, as people write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How far it is. */
    public enum Phase {
        /** Not begun. */
        WAITING,
        /** Under way. */
        RUNNING,
        /** Everything that matched has been acted on. */
        DONE,
        /** Stopped by {@link BulkAction#cancel}; the rest is as it was. */
        CANCELLED,
        /** The store refused or was away for too long; the rest is as it was. */
        FAILED
    }

    /**
     * How far it is.
     *
     * @param phase whether it goes on
     * @param looked jobs that matched so far
     * @param done jobs acted on; the others had moved on meanwhile
     * @param failure why it failed, if it did
     */
    public record Progress(Phase phase, long looked, long done, @Nullable String failure) {}

    /**
     * What an action would be about.
     *
     * @param matching how many jobs match now
     * @param isAtLeast whether counting stopped before everything was looked at
     * @param examples the ids of the first few
     * @param looked about how many jobs were looked at
     */
    public record Preview(long matching, boolean isAtLeast, List<Long> examples, long looked) {
        /** Copies the examples. */
        public Preview {
            examples = List.copyOf(examples);
        }
    }

    /**
     * An action not begun.
     *
     * @param filter which jobs; without a state every state in which the action makes sense, for
     *     {@link Kind#RETRY} discarded only
     * @param reason kept in the history of cancelled jobs
     * @throws MillraceException with {@code invalid-input} when the action does nothing to jobs in
     *     the filter's state
     */
    public BulkAction(
            JobStore store,
            Clock clock,
            RandomGenerator random,
            Kind kind,
            JobFilter filter,
            String reason) {
        this.store = store;
        this.clock = clock;
        this.random = random;
        this.kind = kind;
        this.filter = filter;
        this.reason = reason;
        JobState.Name state = filter.state();
        if (state != null && !kind.states().contains(state)) {
            throw MillraceException.invalid(
                    "%s acts on jobs that are %s, got state %s; nothing was done"
                            .formatted(kind.text(), names(kind.states()), state.text()));
        }
        this.states = state == null ? kind.usual() : List.of(state);
    }

    /** What it does. */
    public Kind kind() {
        return kind;
    }

    /** Which jobs it is about. */
    public JobFilter filter() {
        return filter;
    }

    /** How far it is. */
    public Progress progress() {
        return progress;
    }

    /** Ends it after the step under way. */
    public void cancel() {
        stop.countDown();
    }

    /**
     * Counts what matches, page by page, and changes nothing. Stops when it has looked at {@value
     * #MOST_PREVIEWED} jobs, when {@link #PREVIEWED_FOR} is over, by the clock, and at once when it
     * is {@linkplain #cancel cancelled}; then it says so.
     *
     * @param bound where counting stops too
     */
    public Preview preview(int bound) {
        Instant until = clock.instant().plus(PREVIEWED_FOR);
        long matching = 0;
        long looked = 0;
        var examples = new ArrayList<Long>();
        for (JobState.Name state : states) {
            String cursor = null;
            do {
                JobIdPage page = store.ids(in(state), PREVIEW_PAGE, cursor);
                matching += page.ids().size();
                looked += page.looked();
                page.ids().stream().limit(EXAMPLES - examples.size()).forEach(examples::add);
                cursor = page.next();
                boolean enough =
                        matching >= bound
                                || looked >= MOST_PREVIEWED
                                || isStopped()
                                || clock.instant().isAfter(until);
                boolean last = cursor == null && state == states.getLast();
                if (enough && !last) {
                    return new Preview(matching, true, examples, looked);
                }
            } while (cursor != null);
        }
        return new Preview(matching, false, examples, looked);
    }

    /** Does it on a thread of its own. */
    public BulkAction start() {
        begin();
        Thread.ofVirtual()
                .name("millrace-bulk-" + kind.text())
                .start(() -> {
                    try {
                        work();
                    } catch (InterruptedException e) {
                        end(Phase.CANCELLED, null);
                    }
                });
        return this;
    }

    /**
     * Does it on this thread.
     *
     * @return how far it came
     * @throws InterruptedException when interrupted between two steps; what was done stays
     */
    public Progress run() throws InterruptedException {
        begin();
        try {
            work();
        } catch (InterruptedException e) {
            end(Phase.CANCELLED, null);
            throw e;
        }
        return progress;
    }

    private void begin() {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException("a bulk action runs once");
        }
        progress = new Progress(Phase.RUNNING, 0, 0, null);
    }

    private void work() throws InterruptedException {
        try {
            long newest = tried(() -> store.reserveIds(1).first());
            for (JobState.Name state : states) {
                if (!all(state, newest)) {
                    end(Phase.CANCELLED, null);
                    return;
                }
            }
            end(Phase.DONE, null);
        } catch (RuntimeException e) {
            end(Phase.FAILED, String.valueOf(e.getMessage()));
        }
    }

    /** Answers whether it came to the end. */
    private boolean all(JobState.Name state, long newest) throws InterruptedException {
        String cursor = null;
        do {
            if (isStopped()) {
                return false;
            }
            long began = System.nanoTime();
            String from = cursor;
            JobIdPage page = tried(() -> store.ids(in(state), STEP, from));
            // the ids of other processes come from blocks taken earlier, so this is about when
            List<Long> ids = page.ids().stream().filter(id -> id < newest).toList();
            if (!ids.isEmpty()) {
                Map<Long, JobState.Name> found = tried(() -> act(ids));
                long done = found.values().stream().filter(kind.states()::contains).count();
                Progress before = progress;
                progress =
                        new Progress(
                                Phase.RUNNING,
                                before.looked() + ids.size(),
                                before.done() + done,
                                null);
            }
            cursor = page.next();
            if (cursor != null && isStoppedWithin(System.nanoTime() - began)) {
                return false;
            }
        } while (cursor != null);
        return true;
    }

    private Map<Long, JobState.Name> act(List<Long> ids) {
        return switch (kind) {
            case CANCEL -> store.cancel(ids, reason, clock.instant());
            case RETRY -> store.retry(ids, clock.instant());
            case DELETE -> store.delete(ids);
        };
    }

    private JobFilter in(JobState.Name state) {
        return filter.in(state);
    }

    private boolean isStopped() {
        return stop.getCount() == 0;
    }

    /** Rests for so long, or until it is cancelled. */
    private boolean isStoppedWithin(long nanos) throws InterruptedException {
        return stop.await(Math.min(nanos, LONGEST_REST.toNanos()), TimeUnit.NANOSECONDS);
    }

    /** One bounded piece of work; a store that is away is asked again. */
    private <T> T tried(Work<T> work) throws InterruptedException {
        var backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), random);
        for (int failures = 1; ; failures++) {
            try {
                return work.run();
            } catch (MillraceException e) {
                boolean passes = e.code() == MillraceException.Code.STORE_UNAVAILABLE;
                if (!passes || failures == MOST_FAILURES || isStopped()) {
                    throw e;
                }
                backoff.pause();
            }
        }
    }

    @FunctionalInterface
    private interface Work<T> {
        T run();
    }

    private void end(Phase phase, @Nullable String failure) {
        progress = new Progress(phase, progress.looked(), progress.done(), failure);
    }

    private static String names(List<JobState.Name> states) {
        return String.join(" or ", states.stream().map(JobState.Name::text).toList());
    }
}
