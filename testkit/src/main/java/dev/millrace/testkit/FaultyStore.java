package dev.millrace.testkit;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.Accepted;
import dev.millrace.store.AccessStore;
import dev.millrace.store.BatchStore;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.DiscardedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.HeldJob;
import dev.millrace.store.IdBlock;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;
import dev.millrace.store.LeaseStore;
import dev.millrace.store.LimitStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.Promotion;
import dev.millrace.store.PruneRules;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueKind;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.Recorded;
import dev.millrace.store.ReportStore;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.ScheduleStore;
import dev.millrace.store.Settled;
import dev.millrace.store.Signals;
import dev.millrace.store.StoreInfo;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;
import dev.millrace.store.TallyRules;
import dev.millrace.store.TallyStore;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A store that loses calls and answers: by chance a call fails with {@code store-unavailable}
 * before it took effect, or after. Signals and closing are left alone. As thread-safe as the store
 * and the source of chance.
 */
public final class FaultyStore implements JobStore {
    private final JobStore store;
    private final RandomGenerator random;
    private final ReportStore reports;
    private final BatchStore batches;
    private final AtomicLong faults = new AtomicLong();
    private volatile double share;
    private volatile Set<String> failing = Set.of();

    /**
     * A store in front of another.
     *
     * @param store where calls go
     * @param random what chance is drawn from
     * @param share of calls that fail, 0 to 1; half of them after they took effect
     */
    public FaultyStore(JobStore store, RandomGenerator random, double share) {
        this.store = store;
        this.reports = new FaultyReports(this, store.reports());
        this.batches = new FaultyBatches(this, store.batches());
        this.random = random;
        this.share = share;
    }

    /** Sets the share of calls that fail from now on. */
    public void share(double newShare) {
        share = newShare;
    }

    /**
     * From now on calls of these names fail, before they take effect.
     *
     * @param names of methods of the store or of one of its parts
     */
    public void failing(String... names) {
        failing = Set.of(names);
    }

    /** Calls that failed so far. */
    public long faults() {
        return faults.get();
    }

    <T> T call(String name, Supplier<T> work) {
        if (failing.contains(name)) {
            throw lost(name, "call");
        }
        boolean fails = random.nextDouble() < share;
        if (fails && random.nextBoolean()) {
            throw lost(name, "call");
        }
        T answer = work.get();
        if (fails) {
            throw lost(name, "answer");
        }
        return answer;
    }

    void run(String name, Runnable work) {
        call(
                name,
                () -> {
                    work.run();
                    return true;
                });
    }

    private MillraceException lost(String name, String what) {
        faults.incrementAndGet();
        return new MillraceException(
                MillraceException.Code.STORE_UNAVAILABLE,
                "%s: its %s was lost on purpose; try again".formatted(name, what));
    }

    @Override
    public StoreInfo info() {
        return call("info", store::info);
    }

    @Override
    public IdBlock reserveIds(int count) {
        return call("reserveIds", () -> store.reserveIds(count));
    }

    @Override
    public void enqueue(List<NewJob> jobs, boolean resend) {
        run("enqueue", () -> store.enqueue(jobs, resend));
    }

    @Override
    public List<Accepted> enqueueKeyed(List<NewJob> jobs, boolean resend) {
        return call("enqueueKeyed", () -> store.enqueueKeyed(jobs, resend));
    }

    @Override
    public List<Accepted> enqueue(Connection connection, List<NewJob> jobs) {
        return call("enqueue", () -> store.enqueue(connection, jobs));
    }

    @Override
    public Signals signals() {
        return store.signals();
    }

    @Override
    public long register(WorkerInfo info) {
        return call("register", () -> store.register(info));
    }

    @Override
    public void deregister(long workerId) {
        run("deregister", () -> store.deregister(workerId));
    }

    @Override
    public PulseAnswer pulse(Pulse pulse) {
        return call("pulse", () -> store.pulse(pulse));
    }

    @Override
    public List<ClaimedJob> claim(ClaimRequest request) {
        return call("claim", () -> store.claim(request));
    }

    @Override
    public List<Recorded> complete(List<Ending> endings) {
        return call("complete", () -> store.complete(endings));
    }

    @Override
    public int giveBack(long workerId, Collection<JobClaim> claims) {
        return call("giveBack", () -> store.giveBack(workerId, claims));
    }

    @Override
    public List<JobClaim> held(long workerId, long afterJobId, int max) {
        return call("held", () -> store.held(workerId, afterJobId, max));
    }

    @Override
    public Promotion promote(Instant now, int max) {
        return call("promote", () -> store.promote(now, max));
    }

    @Override
    public RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
        return call("rescue", () -> store.rescue(workerId, seenBeat, max, now));
    }

    @Override
    public long prune(PruneRules rules, long afterJobId, int max) {
        return call("prune", () -> store.prune(rules, afterJobId, max));
    }

    @Override
    public Settled settle(Instant now, int max) {
        return call("settle", () -> store.settle(now, max));
    }

    @Override
    public Map<Long, JobState.Name> cancel(Collection<Long> jobIds, String reason, Instant now) {
        return call("cancel", () -> store.cancel(jobIds, reason, now));
    }

    @Override
    public Map<Long, JobState.Name> delete(Collection<Long> jobIds) {
        return call("delete", () -> store.delete(jobIds));
    }

    @Override
    public void control(String queue, QueueControl.Change change) {
        run("control", () -> store.control(queue, change));
    }

    @Override
    public QueueControl control(String queue) {
        return call("control", () -> store.control(queue));
    }

    @Override
    public JobIdPage ids(JobFilter filter, int limit, @Nullable String cursor) {
        return call("ids", () -> store.ids(filter, limit, cursor));
    }

    @Override
    public Optional<Long> holder(String uniqueKey, Instant now) {
        return call("holder", () -> store.holder(uniqueKey, now));
    }

    @Override
    public Map<Long, JobState.Name> retry(Collection<Long> jobIds, Instant now) {
        return call("retry", () -> store.retry(jobIds, now));
    }

    @Override
    public Optional<RetryPolicy> ownRetry(long jobId) {
        return call("ownRetry", () -> store.ownRetry(jobId));
    }

    @Override
    public Optional<JobSnapshot> find(long jobId) {
        return call("find", () -> store.find(jobId));
    }

    @Override
    public Map<Long, JobSnapshot> find(Collection<Long> jobIds) {
        return call("find", () -> store.find(jobIds));
    }

    @Override
    public Map<Long, JobState> ended(Collection<Long> jobIds) {
        return call("ended", () -> store.ended(jobIds));
    }

    @Override
    public JobPage list(JobFilter filter, int limit, @Nullable String cursor) {
        return call("list", () -> store.list(filter, limit, cursor));
    }

    @Override
    public List<HeldJob> claimed(long workerId, Collection<JobClaim> claims, boolean withPayload) {
        return call("claimed", () -> store.claimed(workerId, claims, withPayload));
    }

    @Override
    public boolean drain(long workerId) {
        return call("drain", () -> store.drain(workerId));
    }

    @Override
    public List<QueueKind> kinds() {
        return call("kinds", store::kinds);
    }

    @Override
    public List<DiscardedJob> discarded(JobFilter filter, int max) {
        return call("discarded", () -> store.discarded(filter, max));
    }

    @Override
    public List<QueueSnapshot> queues() {
        return call("queues", store::queues);
    }

    @Override
    public Map<String, Integer> due(Instant now) {
        return call("due", () -> store.due(now));
    }

    @Override
    public BatchStore batches() {
        return batches;
    }

    @Override
    public TallyStore tallies() {
        TallyStore tallies = store.tallies();
        return new TallyStore() {
            @Override
            public void add(List<Tally> deltas) {
                FaultyStore.this.run("add", () -> tallies.add(deltas));
            }

            @Override
            public List<Tally> sums(TallyRange range) {
                return call("sums", () -> tallies.sums(range));
            }

            @Override
            public int compact(TallyRules rules, int max) {
                return call("compact", () -> tallies.compact(rules, max));
            }
        };
    }

    @Override
    public AccessStore access() {
        return new FaultyAccess(
                store.access(),
                new FaultyAccess.Faults() {
                    @Override
                    public <T> T call(String what, Supplier<T> work) {
                        return FaultyStore.this.call(what, work);
                    }
                });
    }

    @Override
    public ScheduleStore schedules() {
        return new FaultySchedules(this, store.schedules());
    }

    @Override
    public LimitStore limits() {
        return new FaultyLimits(this, store.limits());
    }

    @Override
    public LeaseStore leases() {
        return new FaultyLeases(this, store.leases());
    }

    @Override
    public List<WorkerSnapshot> workers() {
        return call("workers", store::workers);
    }

    @Override
    public void close() {
        store.close();
    }

    @Override
    public ReportStore reports() {
        return reports;
    }
}
