package dev.millrace.testkit;

import dev.millrace.job.Durability;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.Accepted;
import dev.millrace.store.AccessStore;
import dev.millrace.store.BatchStore;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.DiscardedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Guarantee;
import dev.millrace.store.HeldJob;
import dev.millrace.store.IdBlock;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;
import dev.millrace.store.KeyHold;
import dev.millrace.store.LeaseStore;
import dev.millrace.store.LimitStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.Promotion;
import dev.millrace.store.PruneRules;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.PulseAnswer.Lock;
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
import dev.millrace.store.TallyStore;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.testkit.MemoryState.KeyName;
import dev.millrace.testkit.MemoryState.Member;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;

/**
 * A store in memory under one lock: the plain model that engines are compared with, the store of
 * simulations, and a quick one for users' tests. Nothing survives the process. Looking at lists
 * costs in proportion to what is stored; everything else is cheap.
 *
 * <p>Liveness locks are held from {@link #register} on; {@link #freeLock} frees one by hand, as the
 * death of a process would, and closing the store frees those of the workers registered through it.
 */
public class MemoryStore implements JobStore {
    final MemoryState state;
    private final MemoryLists lists;
    private final MemoryEntries entries;
    private final MemoryMembers members;
    private final MemoryClaims claims;
    private final MemoryEndings endings;
    private final ReportStore reports;
    private final ScheduleStore schedules;
    private final LeaseStore leases;
    private final LimitStore limits;
    private final BatchStore batches;
    private final Set<Long> registeredHere = new HashSet<>();

    /** An empty store. */
    public MemoryStore() {
        this(new MemoryState());
    }

    MemoryStore(MemoryState state) {
        this.state = state;
        this.lists = new MemoryLists(state);
        this.entries = new MemoryEntries(state);
        this.members = new MemoryMembers(state);
        this.claims = new MemoryClaims(state);
        this.endings = new MemoryEndings(state);
        this.reports = new MemoryReports(state);
        this.schedules = new MemorySchedules(state, jobs -> entries.enqueue(jobs, false));
        this.leases = new MemoryLeases(state);
        this.limits = new MemoryLimits(state);
        this.batches = new MemoryBatches(state);
    }

    /** Another door to the same rows, as another process would open it. */
    public MemoryStore reopen() {
        return new MemoryStore(state);
    }

    /** A store with the same rows, going its own way from here; listeners stay behind. */
    public MemoryStore copy() {
        synchronized (state) {
            return new MemoryStore(state.copy());
        }
    }

    /**
     * The positions and workers in short: the same for two states that no caller can tell apart,
     * leaving out times, beats and history.
     *
     * @param claimNames how claims are named, asked in the order in which they are met
     */
    public String outline(LongFunction<Integer> claimNames) {
        synchronized (state) {
            return lists.outline(claimNames);
        }
    }

    /** Whether history has what this claim reported. */
    public boolean wasRecorded(JobClaim claim) {
        synchronized (state) {
            return endings.wasRecorded(claim);
        }
    }

    /** The rows, for {@link Invariants}. */
    public Inspector inspector() {
        return new MemoryInspector(state);
    }

    /**
     * Frees a worker's liveness lock, as the death of its process would. Until its next pulse, with
     * which a living worker retakes it, others see it free.
     */
    public void freeLock(long workerId) {
        synchronized (state) {
            members.setLock(workerId, Lock.FREE);
        }
    }

    /** Makes a worker's liveness lock impossible to probe until its next pulse. */
    public void hideLock(long workerId) {
        synchronized (state) {
            members.setLock(workerId, Lock.UNKNOWN);
        }
    }

    @Override
    public StoreInfo info() {
        var lost = new Guarantee(Durability.MEMORY, "everything, when the process ends");
        var guarantees = new EnumMap<Durability, Guarantee>(Durability.class);
        for (Durability level : Durability.values()) {
            guarantees.put(level, lost);
        }
        return new StoreInfo("memory", "memory", 1, "memory", guarantees, Map.of());
    }

    @Override
    public IdBlock reserveIds(int count) {
        if (count < 1 || count > 100_000) {
            throw MillraceException.invalid("ids are reserved 1 to 100000 at once, got " + count);
        }
        synchronized (state) {
            long first = state.lastJob + 1;
            state.lastJob += count;
            return new IdBlock(first, count);
        }
    }

    @Override
    public void enqueue(List<NewJob> jobs, boolean resend) {
        if (jobs.size() > 10_000) {
            throw MillraceException.invalid(
                    "at most 10000 jobs are accepted at once, got %d; nothing was accepted"
                            .formatted(jobs.size()));
        }
        if (jobs.stream().anyMatch(NewJob::isKeyed)) {
            throw MillraceException.invalid("jobs with keys go to enqueueKeyed");
        }
        synchronized (state) {
            entries.enqueue(jobs, resend);
        }
        announceNow();
    }

    @Override
    public List<Accepted> enqueueKeyed(List<NewJob> jobs, boolean resend) {
        if (jobs.size() > 1_000) {
            throw MillraceException.invalid(
                    "at most 1000 jobs with keys are accepted at once, got %d; nothing was accepted"
                            .formatted(jobs.size()));
        }
        List<Accepted> answers;
        synchronized (state) {
            answers = entries.enqueueKeyed(jobs, resend);
        }
        announceNow();
        return answers;
    }

    @Override
    public List<Accepted> enqueue(Connection connection, List<NewJob> jobs) {
        throw new MillraceException(
                Code.NOT_SUPPORTED, "a store in memory takes no part in SQL transactions");
    }

    @Override
    public Signals signals() {
        return new Signals() {
            @Override
            public Subscription onWork(Runnable listener) {
                Runnable own =
                        new Runnable() {
                            @Override
                            public void run() {
                                listener.run();
                            }
                        };
                state.listeners.add(own);
                return () -> state.listeners.remove(own);
            }

            @Override
            public void announce() {
                announceNow();
            }
        };
    }

    private void announceNow() {
        state.announce();
    }

    @Override
    public long register(WorkerInfo info) {
        synchronized (state) {
            long id = ++state.lastWorker;
            state.workers.put(
                    id,
                    new Member(
                            id,
                            info,
                            0,
                            micros(info.startedAt()),
                            0,
                            0,
                            info.lease() == null ? Lock.HELD : Lock.UNKNOWN,
                            false,
                            false));
            registeredHere.add(id);
            return id;
        }
    }

    @Override
    public void deregister(long workerId) {
        synchronized (state) {
            if (state.takenBy(workerId).isEmpty()) {
                state.workers.remove(workerId);
            } else {
                members.setLock(workerId, Lock.FREE);
            }
        }
    }

    @Override
    public PulseAnswer pulse(Pulse pulse) {
        synchronized (state) {
            return members.pulse(pulse);
        }
    }

    @Override
    public List<ClaimedJob> claim(ClaimRequest request) {
        synchronized (state) {
            requireAlive(request.workerId());
            var chosen = choose(request);
            return take(request, chosen.subList(0, Math.min(chosen.size(), room(request))));
        }
    }

    /** How many jobs a claim may take at most by what is set on the queue. */
    int room(ClaimRequest request) {
        return claims.places(request);
    }

    /** The jobs a claim takes, in order; the seam between what to take and taking it. */
    List<Long> choose(ClaimRequest request) {
        return claims.choose(request);
    }

    List<ClaimedJob> take(ClaimRequest request, List<Long> jobIds) {
        return claims.take(request, jobIds);
    }

    private void requireAlive(long workerId) {
        if (!state.isAlive(workerId)) {
            throw new MillraceException(
                    Code.WORKER_LOST,
                    "worker %d was declared dead; it must register anew".formatted(workerId));
        }
    }

    @Override
    public List<Recorded> complete(List<Ending> reported) {
        List<Recorded> answers;
        synchronized (state) {
            answers = reported.stream().map(endings::record).toList();
        }
        announceNow();
        return answers;
    }

    /**
     * Completes a job and does something else, or neither, as a caller's own transaction would with
     * {@link ReportStore#complete}.
     *
     * @param ending its {@code next} is {@link Ending.Next.Finished}
     * @param effect what the transaction does besides
     * @throws MillraceException with {@code lease-lost} when the claim is no longer held; nothing
     *     was done
     */
    public void completeWith(Ending ending, Runnable effect) {
        synchronized (state) {
            if (state.held(ending.jobId(), ending.claimId()) == null) {
                throw MemoryReports.lost(ending.jobId());
            }
            effect.run();
            endings.record(ending);
        }
        announceNow();
    }

    @Override
    public int giveBack(long workerId, Collection<JobClaim> held) {
        int returned;
        synchronized (state) {
            returned = endings.giveBack(workerId, held);
        }
        announceNow();
        return returned;
    }

    @Override
    public ReportStore reports() {
        return reports;
    }

    @Override
    public List<JobClaim> held(long workerId, long afterJobId, int max) {
        synchronized (state) {
            return state.takenBy(workerId).tailMap(afterJobId, false).values().stream()
                    .limit(max)
                    .map(row -> new JobClaim(row.jobId(), row.claimId()))
                    .toList();
        }
    }

    @Override
    public Promotion promote(Instant now, int max) {
        Promotion promotion;
        synchronized (state) {
            promotion = endings.promote(now, max);
        }
        announceNow();
        return promotion;
    }

    @Override
    public RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
        RescueAnswer answer;
        synchronized (state) {
            answer = members.rescue(workerId, seenBeat, max, now);
        }
        announceNow();
        return answer;
    }

    @Override
    public long prune(PruneRules rules, long afterJobId, int max) {
        synchronized (state) {
            return new MemorySettling(state).prune(rules, afterJobId, max);
        }
    }

    @Override
    public Settled settle(Instant now, int max) {
        synchronized (state) {
            return new MemorySettling(state).settle(micros(now), max);
        }
    }

    @Override
    public Map<Long, JobState.Name> cancel(Collection<Long> jobIds, String reason, Instant now) {
        synchronized (state) {
            return new MemorySettling(state).cancel(jobIds, reason, micros(now));
        }
    }

    @Override
    public Map<Long, JobState.Name> delete(Collection<Long> jobIds) {
        synchronized (state) {
            return new MemorySettling(state).delete(jobIds);
        }
    }

    @Override
    public void control(String queue, QueueControl.Change change) {
        synchronized (state) {
            var control = change.applyTo(state.controls.getOrDefault(queue, QueueControl.NONE));
            if (control.equals(QueueControl.NONE)) {
                state.controls.remove(queue);
            } else {
                state.controls.put(queue, control);
            }
        }
        announceNow();
    }

    @Override
    public QueueControl control(String queue) {
        synchronized (state) {
            return state.controls.getOrDefault(queue, QueueControl.NONE);
        }
    }

    @Override
    public Map<Long, JobState.Name> retry(Collection<Long> jobIds, Instant now) {
        Map<Long, JobState.Name> found;
        synchronized (state) {
            found = endings.retry(jobIds);
        }
        announceNow();
        return found;
    }

    @Override
    public Optional<RetryPolicy> ownRetry(long jobId) {
        synchronized (state) {
            return Optional.ofNullable(state.bodies.get(jobId)).map(body -> body.retry());
        }
    }

    @Override
    public Optional<JobSnapshot> find(long jobId) {
        synchronized (state) {
            return state.bodies.containsKey(jobId)
                    ? Optional.of(lists.snapshot(jobId, true))
                    : Optional.empty();
        }
    }

    @Override
    public Map<Long, JobSnapshot> find(Collection<Long> jobIds) {
        var found = new TreeMap<Long, JobSnapshot>();
        synchronized (state) {
            for (long id : jobIds) {
                find(id).ifPresent(job -> found.put(id, job));
            }
        }
        return found;
    }

    @Override
    public Map<Long, JobState> ended(Collection<Long> jobIds) {
        var found = new TreeMap<Long, JobState>();
        synchronized (state) {
            for (long id : jobIds) {
                if (state.bodies.containsKey(id) && lists.stateOf(id).isEnded()) {
                    found.put(id, lists.stateOf(id));
                }
            }
        }
        return found;
    }

    @Override
    public JobPage list(JobFilter filter, int limit, @Nullable String cursor) {
        checkLimit(limit);
        synchronized (state) {
            return lists.page(filter, limit, cursor);
        }
    }

    @Override
    public JobIdPage ids(JobFilter filter, int limit, @Nullable String cursor) {
        checkLimit(limit);
        synchronized (state) {
            return lists.ids(filter, limit, cursor);
        }
    }

    @Override
    public Optional<Long> holder(String uniqueKey, Instant now) {
        synchronized (state) {
            var held = state.keys.get(new KeyName(KeyHold.Scope.UNIQUE, uniqueKey));
            return held != null && held.holdsAt(now) ? Optional.of(held.jobId()) : Optional.empty();
        }
    }

    @Override
    public List<HeldJob> claimed(long workerId, Collection<JobClaim> claims, boolean withPayload) {
        synchronized (state) {
            return members.claimed(workerId, claims, withPayload);
        }
    }

    @Override
    public boolean drain(long workerId) {
        synchronized (state) {
            return members.drain(workerId);
        }
    }

    @Override
    public List<QueueKind> kinds() {
        synchronized (state) {
            return lists.kinds();
        }
    }

    @Override
    public List<DiscardedJob> discarded(JobFilter filter, int max) {
        synchronized (state) {
            return lists.discarded(filter, max);
        }
    }

    @Override
    public List<QueueSnapshot> queues() {
        synchronized (state) {
            var names = new TreeSet<>(state.queues);
            names.addAll(state.controls.keySet());
            return names.stream().map(lists::queue).toList();
        }
    }

    @Override
    public Map<String, Integer> due(Instant now) {
        synchronized (state) {
            return lists.due(now);
        }
    }

    @Override
    public AccessStore access() {
        return new MemoryAccess(state);
    }

    @Override
    public ScheduleStore schedules() {
        return schedules;
    }

    @Override
    public LimitStore limits() {
        return limits;
    }

    @Override
    public LeaseStore leases() {
        return leases;
    }

    @Override
    public BatchStore batches() {
        return batches;
    }

    @Override
    public TallyStore tallies() {
        return new MemoryTallies(state);
    }

    @Override
    public List<WorkerSnapshot> workers() {
        synchronized (state) {
            return members.snapshots();
        }
    }

    @Override
    public void close() {
        synchronized (state) {
            registeredHere.forEach(id -> members.setLock(id, Lock.FREE));
        }
    }

    private static void checkLimit(int limit) {
        if (limit < 1 || limit > 1000) {
            throw MillraceException.invalid("a page holds 1 to 1000 jobs, got " + limit);
        }
    }

    private static Instant micros(Instant at) {
        return at.truncatedTo(ChronoUnit.MICROS);
    }
}
