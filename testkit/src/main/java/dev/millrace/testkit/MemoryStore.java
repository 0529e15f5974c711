package dev.millrace.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toCollection;

import dev.millrace.job.Attempt;
import dev.millrace.job.Durability;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.store.Accepted;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Guarantee;
import dev.millrace.store.IdBlock;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;
import dev.millrace.store.KeyHold;
import dev.millrace.store.NewJob;
import dev.millrace.store.Promotion;
import dev.millrace.store.PruneRules;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.Recorded;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.RescueAnswer.Outcome;
import dev.millrace.store.Settled;
import dev.millrace.store.Signals;
import dev.millrace.store.StoreInfo;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.testkit.MemoryState.Aside;
import dev.millrace.testkit.MemoryState.Due;
import dev.millrace.testkit.MemoryState.KeyName;
import dev.millrace.testkit.MemoryState.Member;
import dev.millrace.testkit.MemoryState.Taken;
import dev.millrace.testkit.MemoryState.Waiting;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
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
    private final Set<Long> registeredHere = new HashSet<>();

    /** An empty store. */
    public MemoryStore() {
        this(new MemoryState());
    }

    MemoryStore(MemoryState state) {
        this.state = state;
        this.lists = new MemoryLists(state);
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
            return state.pastOf(claim.jobId()).stream()
                    .anyMatch(past ->
                            past.claimId() == claim.claimId()
                                    && past.attempt().end() != Attempt.End.RESCUED);
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
            setLock(workerId, Lock.FREE);
        }
    }

    /** Makes a worker's liveness lock impossible to probe until its next pulse. */
    public void hideLock(long workerId) {
        synchronized (state) {
            setLock(workerId, Lock.UNKNOWN);
        }
    }

    private void setLock(long workerId, Lock lock) {
        state.workers.computeIfPresent(
                workerId,
                (id, w) ->
                        new Member(
                                id,
                                w.info(),
                                w.beat(),
                                w.lastBeatAt(),
                                w.running(),
                                lock,
                                w.dead()));
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
            if (!resend) {
                refuseKnown(jobs);
            }
            jobs.stream().filter(job -> !state.bodies.containsKey(job.id())).forEach(this::accept);
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
            if (!resend) {
                refuseKnown(jobs);
            }
            var keys = new MemoryKeys(state, this::accept);
            answers = jobs.stream().map(keys::enqueue).toList();
        }
        announceNow();
        return answers;
    }

    private void refuseKnown(List<NewJob> jobs) {
        var seen = new HashSet<Long>();
        for (var job : jobs) {
            if (!seen.add(job.id()) || state.bodies.containsKey(job.id())) {
                throw new MillraceException(
                        Code.STORE_REFUSED,
                        "job ids must be fresh, got %d again; nothing was accepted"
                                .formatted(job.id()));
            }
        }
    }

    private void accept(NewJob job) {
        var runAt = job.runAt();
        var body =
                new NewJob(
                        job.id(),
                        job.queue(),
                        job.kind(),
                        job.version(),
                        job.priority(),
                        job.payload(),
                        job.maxAttempts(),
                        job.retry(),
                        List.copyOf(job.tags()),
                        micros(job.createdAt()),
                        runAt == null ? null : micros(runAt),
                        job.terms(),
                        List.of(),
                        job.durability());
        state.bodies.put(job.id(), body);
        var expiresAt = job.terms().expiresAt();
        if (expiresAt != null) {
            state.expiries.put(job.id(), expiresAt);
        }
        state.queues.add(job.queue());
        if (runAt != null && job.isDelayed()) {
            state.place(new Due(micros(runAt), job.id(), 1, 0));
        } else {
            state.makeAvailable(job.id(), 1, 0);
        }
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
        state.listeners.forEach(Runnable::run);
    }

    @Override
    public long register(WorkerInfo info) {
        synchronized (state) {
            long id = ++state.lastWorker;
            state.workers.put(
                    id, new Member(id, info, 0, micros(info.startedAt()), 0, Lock.HELD, false));
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
                setLock(workerId, Lock.FREE);
            }
        }
    }

    @Override
    public PulseAnswer pulse(Pulse pulse) {
        synchronized (state) {
            long id = pulse.workerId();
            var me = state.workers.get(id);
            boolean alive = state.isAlive(id);
            if (me != null && alive) {
                state.workers.put(
                        id,
                        new Member(
                                id,
                                me.info(),
                                pulse.beat() ? me.beat() + 1 : me.beat(),
                                pulse.beat() ? micros(pulse.now()) : me.lastBeatAt(),
                                pulse.running(),
                                Lock.HELD,
                                false));
            }
            return new PulseAnswer(
                    alive,
                    state.takenBy(id).size(),
                    others(id),
                    state.due.isEmpty() ? null : state.due.first().runAt(),
                    queuesWithWork(pulse.scopes()),
                    cancelledOf(id),
                    new MemorySettling(state).next(pulse.now()),
                    controlsOf(pulse.scopes()));
        }
    }

    private List<Sighting> others(long me) {
        return state.workers.values().stream()
                .filter(w -> w.id() != me)
                .map(w -> new Sighting(w.id(), w.info().name(), w.beat(), w.lock(), w.dead()))
                .toList();
    }

    private Set<Long> cancelledOf(long workerId) {
        var cancelled = new TreeSet<>(state.cancelRequests.keySet());
        cancelled.retainAll(state.takenBy(workerId).keySet());
        return cancelled;
    }

    private Map<String, QueueControl> controlsOf(List<Pulse.Scope> scopes) {
        var controls = new TreeMap<>(state.controls);
        controls.keySet().retainAll(scopes.stream().map(Pulse.Scope::queue).toList());
        return controls;
    }

    private Set<String> queuesWithWork(List<Pulse.Scope> scopes) {
        var found = new TreeSet<String>();
        for (var scope : scopes) {
            if (lists.waitingIn(scope.queue(), scope.kinds()).findFirst().isPresent()) {
                found.add(scope.queue());
            }
        }
        return found;
    }

    @Override
    public List<ClaimedJob> claim(ClaimRequest request) {
        synchronized (state) {
            requireAlive(request.workerId());
            var control = state.controls.getOrDefault(request.queue(), QueueControl.NONE);
            if (control.paused()) {
                return List.of();
            }
            var chosen = choose(request);
            return take(request, chosen.subList(0, Math.min(chosen.size(), places(request))));
        }
    }

    private int places(ClaimRequest request) {
        Integer limit = limitOf(request.queue());
        if (limit == null) {
            return request.max();
        }
        long running =
                state.taken.values().stream()
                        .flatMap(rows -> rows.values().stream())
                        .filter(Taken::limited)
                        .filter(row -> state.body(row.jobId()).queue().equals(request.queue()))
                        .count();
        return Math.clamp(limit - running, 0, request.max());
    }

    private @Nullable Integer limitOf(String queue) {
        return state.controls.getOrDefault(queue, QueueControl.NONE).maxRunning();
    }

    /** The jobs a claim takes, in order; the seam between what to take and taking it. */
    List<Long> choose(ClaimRequest request) {
        var chosen = new ArrayList<Long>();
        long bytes = 0;
        for (var row :
                lists.waitingIn(request.queue(), request.kinds()).limit(request.max()).toList()) {
            bytes += state.body(row.jobId()).payload().getBytes(UTF_8).length;
            if (bytes > ClaimRequest.MAX_BYTES && !chosen.isEmpty()) {
                break;
            }
            boolean alone = row.rescues() >= ClaimedJob.ALONE_FROM_RESCUES;
            if (!alone || chosen.isEmpty()) {
                chosen.add(row.jobId());
            }
            if (alone) {
                break;
            }
        }
        return chosen;
    }

    List<ClaimedJob> take(ClaimRequest request, List<Long> jobIds) {
        var claimed = new ArrayList<ClaimedJob>();
        for (long id : jobIds) {
            if (!(state.spots.get(id) instanceof Waiting row)) {
                throw new IllegalStateException("job %d is not available".formatted(id));
            }
            state.lift(row);
            state.place(
                    new Taken(
                            id,
                            request.workerId(),
                            request.claimId(),
                            row.attempt(),
                            row.rescues(),
                            micros(request.now()),
                            limitOf(request.queue()) != null));
            claimed.add(claimed(row, request.claimId()));
        }
        return claimed;
    }

    private ClaimedJob claimed(Waiting row, long claimId) {
        var body = state.body(row.jobId());
        return new ClaimedJob(
                body.id(),
                claimId,
                body.queue(),
                body.kind(),
                body.version(),
                body.priority(),
                body.payload(),
                row.attempt(),
                row.rescues(),
                body.maxAttempts(),
                body.retry(),
                body.tags(),
                body.createdAt(),
                body.terms());
    }

    private void requireAlive(long workerId) {
        if (!state.isAlive(workerId)) {
            throw new MillraceException(
                    Code.WORKER_LOST,
                    "worker %d was declared dead; it must register anew".formatted(workerId));
        }
    }

    @Override
    public List<Recorded> complete(List<Ending> endings) {
        List<Recorded> answers;
        synchronized (state) {
            answers = endings.stream().map(this::record).toList();
        }
        announceNow();
        return answers;
    }

    private Recorded record(Ending ending) {
        var row = state.held(ending.jobId(), ending.claimId());
        if (row == null) {
            return wasRecorded(new JobClaim(ending.jobId(), ending.claimId()))
                    ? Recorded.ALREADY
                    : Recorded.LOST;
        }
        state.lift(row);
        state.append(
                ending.jobId(),
                ending.claimId(),
                new Attempt(
                        ending.attempt(),
                        row.workerId(),
                        micros(ending.startedAt()),
                        micros(ending.endedAt()),
                        ending.end(),
                        ending.error(),
                        ending.result()));
        switch (ending.next()) {
            case Ending.Next.Finished finished -> release(ending);
            case Ending.Next.Discarded discarded -> {
                release(ending);
                state.place(new Aside(ending.jobId(), ending.attempt(), micros(ending.endedAt())));
            }
            case Ending.Next.Again again -> {
                if (again.runAt().isAfter(ending.endedAt())) {
                    state.place(
                            new Due(
                                    micros(again.runAt()),
                                    ending.jobId(),
                                    again.attempt(),
                                    again.rescues()));
                } else {
                    state.makeAvailable(ending.jobId(), again.attempt(), again.rescues());
                }
            }
        }
        return Recorded.RECORDED;
    }

    private void release(Ending ending) {
        if (ending.holdsKey()) {
            state.releaseKeys(ending.jobId());
        }
    }

    @Override
    public int giveBack(long workerId, Collection<JobClaim> claims) {
        int returned = 0;
        synchronized (state) {
            for (var claim : claims) {
                var row = state.held(claim.jobId(), claim.claimId());
                if (row != null && row.workerId() == workerId) {
                    state.lift(row);
                    state.makeAvailable(row.jobId(), row.attempt(), row.rescues());
                    returned++;
                }
            }
        }
        announceNow();
        return returned;
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
        int promoted = 0;
        Instant nextDue;
        synchronized (state) {
            while (promoted < max
                    && !state.due.isEmpty()
                    && !state.due.first().runAt().isAfter(now)) {
                var row = state.due.first();
                state.lift(row);
                state.makeAvailable(row.jobId(), row.attempt(), row.rescues());
                promoted++;
            }
            nextDue = state.due.isEmpty() ? null : state.due.first().runAt();
        }
        announceNow();
        return new Promotion(promoted, nextDue);
    }

    @Override
    public RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
        RescueAnswer answer;
        synchronized (state) {
            var worker = state.workers.get(workerId);
            if (worker == null) {
                return new RescueAnswer(Outcome.CLEARED, 0, 0);
            }
            if (!worker.dead() && worker.beat() != seenBeat) {
                return new RescueAnswer(Outcome.ALIVE, 0, 0);
            }
            state.workers.put(
                    workerId,
                    new Member(
                            workerId,
                            worker.info(),
                            worker.beat(),
                            worker.lastBeatAt(),
                            worker.running(),
                            worker.lock(),
                            true));
            answer = clear(workerId, max, now);
        }
        announceNow();
        return answer;
    }

    private RescueAnswer clear(long workerId, int max, Instant now) {
        int returned = 0;
        int discarded = 0;
        for (var row : List.copyOf(state.takenBy(workerId).values())) {
            if (returned + discarded == max) {
                break;
            }
            state.lift(row);
            state.append(
                    row.jobId(),
                    row.claimId(),
                    new Attempt(
                            row.attempt(),
                            workerId,
                            row.claimedAt(),
                            micros(now),
                            Attempt.End.RESCUED,
                            ErrorInfo.reason("rescued", "worker %d died".formatted(workerId)),
                            null));
            if (row.rescues() + 1 > ClaimedJob.MAX_RESCUES) {
                state.place(new Aside(row.jobId(), row.attempt(), micros(now)));
                state.releaseKeys(row.jobId());
                discarded++;
            } else {
                state.makeAvailable(row.jobId(), row.attempt(), row.rescues() + 1);
                returned++;
            }
        }
        if (!state.takenBy(workerId).isEmpty()) {
            return new RescueAnswer(Outcome.MORE, returned, discarded);
        }
        state.workers.remove(workerId);
        return new RescueAnswer(Outcome.CLEARED, returned, discarded);
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
    public void control(String queue, QueueControl control) {
        synchronized (state) {
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
        var found = new TreeMap<Long, JobState.Name>();
        synchronized (state) {
            for (long id : new TreeSet<>(jobIds)) {
                if (!state.bodies.containsKey(id)) {
                    continue;
                }
                found.put(id, lists.stateOf(id).name());
                switch (state.spots.get(id)) {
                    case Aside row -> {
                        state.lift(row);
                        state.makeAvailable(id, 1, 0);
                    }
                    case Due row -> {
                        state.lift(row);
                        state.makeAvailable(id, row.attempt(), row.rescues());
                    }
                    case Waiting row -> {}
                    case Taken row -> {}
                    case null -> {}
                }
            }
        }
        announceNow();
        return found;
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
    public List<QueueSnapshot> queues() {
        synchronized (state) {
            var names = new TreeSet<>(state.queues);
            names.addAll(state.controls.keySet());
            return names.stream().map(lists::queue).toList();
        }
    }

    @Override
    public List<WorkerSnapshot> workers() {
        synchronized (state) {
            return state.workers.values().stream()
                    .map(w ->
                            new WorkerSnapshot(
                                    w.id(),
                                    w.info().name(),
                                    w.info().version(),
                                    w.info().queues(),
                                    w.running(),
                                    w.info().startedAt(),
                                    w.lastBeatAt(),
                                    w.dead()))
                    .collect(toCollection(ArrayList::new));
        }
    }

    @Override
    public void close() {
        synchronized (state) {
            registeredHere.forEach(id -> setLock(id, Lock.FREE));
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
