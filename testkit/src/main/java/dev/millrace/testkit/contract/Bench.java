package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.store.Accepted;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.Settled;
import dev.millrace.store.WorkerInfo;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.KeyRow;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A store under test with a clock that moves a millisecond with every look, a ledger of what it
 * accepted, and short ways of doing what tests do often. Safe for use by several threads.
 */
public final class Bench implements AutoCloseable {
    /** The usual queue. */
    public static final String QUEUE = "q";

    /** The usual kind. */
    public static final KindVersion WORK = new KindVersion("work", 1);

    private static final Duration TICK = Duration.ofMillis(1);

    private final JobStore store;
    private final JobStoreContract engine;
    private final List<JobStore> opened = new ArrayList<>();
    private final FakeClock clock = new FakeClock();
    private final AtomicLong claimIds = new AtomicLong();
    private final Set<Long> accepted = new ConcurrentSkipListSet<>();
    private @Nullable Hand observer;

    Bench(JobStoreContract engine, JobStore store) {
        this.engine = engine;
        this.store = store;
        opened.add(store);
    }

    /** The store under test. */
    public JobStore store() {
        return store;
    }

    /** Opens the same database once more, as another process would. */
    public JobStore reopen() {
        try {
            var other = engine.reopen();
            opened.add(other);
            return other;
        } catch (Exception e) {
            throw new AssertionError("the store could not be opened a second time", e);
        }
    }

    /** The time now. */
    public Instant now() {
        return clock.instant();
    }

    FakeClock clock() {
        return clock;
    }

    /** Lets a millisecond pass. */
    public Instant tick() {
        return clock.advance(TICK);
    }

    /** Lets time pass. */
    public Instant advance(Duration by) {
        return clock.advance(by);
    }

    /** A claim id never used before. */
    public long newClaimId() {
        return claimIds.incrementAndGet();
    }

    /** A job of the usual kind in the usual queue. */
    public Draft job() {
        return new Draft();
    }

    /** Enqueues one job. */
    public long enqueue(Draft draft) {
        return enqueue(List.of(draft)).getFirst();
    }

    /** Enqueues jobs in one call, in this order. */
    public List<Long> enqueue(Draft... drafts) {
        return enqueue(Arrays.asList(drafts));
    }

    /** Enqueues as many jobs like this one in one call. */
    public List<Long> enqueue(int count, Draft draft) {
        return enqueue(Stream.generate(() -> draft).limit(count).toList());
    }

    /** Enqueues jobs in one call, in this order. */
    public List<Long> enqueue(List<Draft> drafts) {
        var jobs = newJobs(drafts);
        store.enqueue(jobs, false);
        return accepted(jobs);
    }

    /** Enqueues one job that may hold keys. */
    public Accepted keyed(Draft draft) {
        return keyed(new Draft[] {draft}).getFirst();
    }

    /** Enqueues jobs that may hold keys in one call, in this order. */
    public List<Accepted> keyed(Draft... drafts) {
        return keyed(store, newJobs(Arrays.asList(drafts)), false);
    }

    /** Enqueues jobs that may hold keys into a store opened by {@link #reopen}, or again. */
    public List<Accepted> keyed(JobStore in, List<NewJob> jobs, boolean resend) {
        var answers = in.enqueueKeyed(jobs, resend);
        assertThat(answers).as("answers").hasSameSizeAs(jobs);
        for (int i = 0; i < jobs.size(); i++) {
            var how = answers.get(i).how();
            if (how == Accepted.How.NEW || how == Accepted.How.REPLACED) {
                assertThat(answers.get(i).jobId())
                        .as("the job accepted")
                        .isEqualTo(jobs.get(i).id());
                accepted.add(jobs.get(i).id());
            }
        }
        return answers;
    }

    /** The job that holds a unique key now; 0 when none does. */
    public long holder(String key) {
        return store.holder(key, now()).orElse(0L);
    }

    /** The rows of held keys. */
    public List<KeyRow> keys() {
        try {
            return engine.inspector().keys();
        } catch (Exception e) {
            throw new AssertionError("the rows could not be read", e);
        }
    }

    /** The ids of all jobs of which reports, signals or requests are kept. */
    public Set<Long> leftovers() {
        try {
            return engine.inspector().leftovers();
        } catch (Exception e) {
            throw new AssertionError("the rows could not be read", e);
        }
    }

    /** A connection of a caller's own with an open transaction, where the engine has such. */
    public Optional<Connection> connection() {
        try {
            return engine.connection();
        } catch (Exception e) {
            throw new AssertionError("no connection could be opened", e);
        }
    }

    /** Settles what is due now, step by step; the sum of the answers, with the last one's next. */
    public Settled settleAll() {
        int expired = 0;
        int cancelled = 0;
        var at = tick();
        for (int i = 0; i < 10_000; i++) {
            var step = store.settle(at, 1000);
            expired += step.expired();
            cancelled += step.cancelled();
            if (step.next() == null || step.next().isAfter(at)) {
                return new Settled(expired, cancelled, step.next());
            }
        }
        throw new AssertionError("settling did not come to an end");
    }

    /** The jobs with fresh ids, not yet enqueued. */
    public List<NewJob> newJobs(List<Draft> drafts) {
        var at = tick();
        long id = store.reserveIds(drafts.size()).first();
        var jobs = new ArrayList<NewJob>();
        for (var draft : drafts) {
            jobs.add(draft.job(id++, at));
        }
        return jobs;
    }

    /** Notes that the store accepted these. */
    public List<Long> accepted(List<NewJob> jobs) {
        var ids = jobs.stream().map(NewJob::id).toList();
        accepted.addAll(ids);
        return ids;
    }

    /** Notes that these may be gone for good. */
    public void pruned(Collection<Long> ids) {
        accepted.removeAll(ids);
    }

    /** What was accepted and not pruned. */
    public Set<Long> accepted() {
        return accepted;
    }

    /** Registers a worker. */
    public Hand worker() {
        return worker(store);
    }

    /** Registers a worker with a store opened by {@link #reopen}. */
    public Hand worker(JobStore with) {
        return new Hand(this, with, with.register(introduction("worker")));
    }

    /** One who admits from now on, instead of whoever did before. */
    public Doorman doorman() {
        return doorman(store);
    }

    /** The same with a store opened by {@link #reopen}. */
    public Doorman doorman(JobStore with) {
        return new Doorman(this, with, "doorman " + newClaimId());
    }

    /** How a worker introduces itself. */
    public WorkerInfo introduction(String name) {
        return new WorkerInfo(name, "1.0", Map.of(QUEUE, 4), tick());
    }

    /** How a worker is seen by another. */
    public Sighting sighting(Hand worker) {
        if (observer == null) {
            observer = worker();
        }
        return observer.pulse().others().stream()
                .filter(seen -> seen.workerId() == worker.id())
                .findFirst()
                .orElseThrow(() -> new AssertionError("worker is not registered any more"));
    }

    /** Clears away a worker to the last job, as if it had died. */
    public RescueAnswer bury(Hand worker) {
        return bury(worker.id(), sighting(worker).beat(), 100);
    }

    /** Clears away a worker to the last job in steps of the given size; the sum of the answers. */
    public RescueAnswer bury(long workerId, long seenBeat, int step) {
        int returned = 0;
        int discarded = 0;
        for (int i = 0; i < 10_000; i++) {
            var answer = store.rescue(workerId, seenBeat, step, tick());
            assertThat(answer.returned() + answer.discarded())
                    .as("jobs moved in one step")
                    .isLessThanOrEqualTo(step);
            returned += answer.returned();
            discarded += answer.discarded();
            if (answer.outcome() != RescueAnswer.Outcome.MORE) {
                return new RescueAnswer(answer.outcome(), returned, discarded);
            }
        }
        throw new AssertionError("rescue answered MORE 10000 times");
    }

    /** A job, which must be there. */
    public JobSnapshot find(long id) {
        return store.find(id).orElseThrow(() -> new AssertionError("no job " + id));
    }

    /** Where a job stands. */
    public JobState state(long id) {
        return find(id).state();
    }

    /** The name of where a job stands. */
    public JobState.Name stateName(long id) {
        return state(id).name();
    }

    /** Makes everything due by now available. */
    public int promoteAll() {
        int promoted = 0;
        for (int i = 0; i < 10_000; i++) {
            int step = store.promote(tick(), 1000).promoted();
            promoted += step;
            if (step == 0) {
                return promoted;
            }
        }
        throw new AssertionError("promotion did not come to an end");
    }

    /** The ids of claimed jobs, in their order. */
    public static List<Long> ids(List<ClaimedJob> jobs) {
        return jobs.stream().map(ClaimedJob::id).toList();
    }

    /** Closes a store opened by {@link #reopen}, as when its process ends. */
    public void shut(JobStore other) {
        opened.remove(other);
        other.close();
    }

    /**
     * Waits until something is so that another process brings about.
     *
     * @throws AssertionError when it is not so within a minute
     */
    public static void await(String what, BooleanSupplier isSo) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!isSo.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within a minute: " + what);
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    /** Closes every store that was opened. */
    @Override
    public void close() {
        opened.reversed().forEach(JobStore::close);
    }
}
