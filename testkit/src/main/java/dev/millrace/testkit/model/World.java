package dev.millrace.testkit.model;

import dev.millrace.job.Attempt;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.NewJob;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.Recorded;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.WorkerInfo;
import dev.millrace.testkit.Endings;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.testkit.Position;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * One state of everything: a store, the processes that use it, what producers know of their jobs,
 * and the verdicts of observers on their way to the store. Its methods are the things that can
 * happen; each checks what must hold while it happens.
 */
final class World {
    static final Instant NOW = FakeClock.START;
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Set<KindVersion> KINDS = Set.of(new KindVersion("k", 1));

    /** What a producer knows of a job. */
    enum Sent {
        NOT,
        BEGUN,
        UNKNOWN,
        ACCEPTED
    }

    /** An observer found that a worker stood still at this beat and is about to rescue. */
    record Verdict(int observer, long workerId, long seenBeat) {}

    final MemoryStore store;
    final List<WorkerProcess> processes = new ArrayList<>();
    final List<Sent> sent = new ArrayList<>();
    final List<Verdict> verdicts = new ArrayList<>();
    int lostAnswers;
    int deaths;
    int freezes;
    int failures;
    int returns;
    final Deeds deeds;
    private long lastClaim;

    World(MemoryStore store, Limits limits) {
        this.store = store;
        lostAnswers = limits.lostAnswers();
        deaths = limits.deaths();
        freezes = limits.freezes();
        failures = limits.failures();
        returns = limits.returns();
        deeds = new Deeds(this, limits.deeds());
        for (int i = 0; i < limits.processes(); i++) {
            processes.add(new WorkerProcess(i));
        }
        for (int i = 0; i < limits.jobs(); i++) {
            sent.add(Sent.NOT);
        }
    }

    private World(World from) {
        store = from.store.copy();
        from.processes.forEach(process -> processes.add(process.copy()));
        sent.addAll(from.sent);
        verdicts.addAll(from.verdicts);
        lostAnswers = from.lostAnswers;
        deaths = from.deaths;
        freezes = from.freezes;
        failures = from.failures;
        returns = from.returns;
        deeds = new Deeds(this, from.deeds);
        lastClaim = from.lastClaim;
    }

    World copy() {
        return new World(this);
    }

    /** Ids of jobs whose acceptance their producer knows of. */
    List<Long> accepted() {
        var ids = new ArrayList<Long>();
        for (int i = 0; i < sent.size(); i++) {
            if (sent.get(i) == Sent.ACCEPTED) {
                ids.add(i + 1L);
            }
        }
        return ids;
    }

    private static NewJob job(int index) {
        return new NewJob(
                index + 1L, "q", "k", 1, 4, "{}", 10, null, List.of(), NOW, /* runAt= */ null);
    }

    // ---- producers

    void enqueue(int index, boolean answered) {
        if (!answered) {
            lostAnswers--;
        }
        store.enqueue(List.of(job(index)), sent.get(index) == Sent.UNKNOWN);
        sent.set(index, answered ? Sent.ACCEPTED : Sent.UNKNOWN);
    }

    /** The call never arrived; its producer cannot tell. */
    void enqueueInVain(int index) {
        lostAnswers--;
        sent.set(index, Sent.UNKNOWN);
    }

    void beginEnqueue(int index) {
        ((SlowCommit) store).begin(job(index));
        sent.set(index, Sent.BEGUN);
    }

    void commitEnqueue(int index) {
        ((SlowCommit) store).commit(index + 1L);
        sent.set(index, Sent.ACCEPTED);
    }

    // ---- workers

    void register(WorkerProcess me) {
        me.born = true;
        me.fresh = true;
        me.workerId = store.register(new WorkerInfo("p" + me.index, "1", Map.of("q", 1), NOW));
    }

    void pulse(WorkerProcess me) {
        var answer = store.pulse(new Pulse(me.workerId, true, 0, List.of(), NOW));
        me.fresh = answer.alive();
        if (!me.fresh) {
            wasDeclaredDead(me);
        }
        me.items.replaceAll(item ->
                answer.cancelled().containsKey(item.job().id())
                        ? item.on(item.course().learnsOfCancel())
                        : item);
    }

    private static void wasDeclaredDead(WorkerProcess me) {
        me.workerId = 0;
        me.doubtful = false;
        me.fresh = false;
        me.items.removeIf(item -> !item.started());
    }

    /** Claims one job; without an answer it does not learn what it took. */
    void claim(WorkerProcess me, boolean sweep, boolean answered) {
        var wish = new ClaimRequest(me.workerId, ++lastClaim, "q", KINDS, 1, sweep, NOW);
        try {
            var taken = store.claim(wish);
            if (answered) {
                taken.forEach(job ->
                        me.items.add(new Item(job, me.workerId, false, false, null, Course.NONE)));
            } else {
                lostAnswers--;
                me.doubtful = true;
            }
        } catch (MillraceException lost) {
            if (lost.code() != MillraceException.Code.WORKER_LOST) {
                throw lost;
            }
            wasDeclaredDead(me);
        }
    }

    void start(WorkerProcess me, Item item) {
        var begun = begin(me, item);
        if (item.suspect()) {
            return;
        }
        for (var other : processes) {
            for (var twin : other.items) {
                boolean same = twin.job().id() == item.job().id() && !twin.equals(begun);
                if (other.alive && same && twin.runs() && !twin.suspect()) {
                    throw new AssertionError(
                            "job %d is run by two live workers at once".formatted(item.job().id()));
                }
            }
        }
    }

    /** Calls the handler; it learns what earlier attempts left. */
    Item begin(WorkerProcess me, Item item) {
        var course = Course.of(store.reports().carried(item.job().id()));
        var begun = item.begun(item.course().cancelled() ? course.learnsOfCancel() : course);
        me.items.set(me.items.indexOf(item), begun);
        return begun;
    }

    Ending completed(Item item) {
        return new Endings(item.job(), item.workerId(), NOW, NOW).completed(null);
    }

    Ending failed(Item item) {
        return new Endings(item.job(), item.workerId(), NOW, NOW).failed(NOW.plus(RETRY));
    }

    void report(WorkerProcess me, Item item, Ending ending, boolean answered) {
        if (ending.end() == Attempt.End.COMPLETED && item.course().step() > 0) {
            deeds.use(item, item.course().step());
        }
        var before = running(item.job().id());
        var answer = store.complete(List.of(ending)).getFirst();
        var claim = item.job().claim();
        boolean mine = before != null && before.claimId() == claim.claimId();
        if (answer == Recorded.RECORDED && !mine) {
            throw new AssertionError(
                    "a lost claim was recorded: %s over %s".formatted(claim, before));
        }
        if (answer == Recorded.LOST && mine && !isDead(item.workerId())) {
            throw new AssertionError("a held claim was refused: " + claim);
        }
        stillThere(before, claim);
        if (answered) {
            me.items.remove(item);
        } else {
            lostAnswers--;
            me.items.set(me.items.indexOf(item), item.reported(ending));
        }
    }

    /** What it held when it asked to return it, it forgets, whatever the answer. */
    void giveBack(WorkerProcess me, Item item) {
        returns--;
        giveBack(me, item.job().claim());
        me.items.remove(item);
    }

    private void giveBack(WorkerProcess me, JobClaim claim) {
        var before = running(claim.jobId());
        store.giveBack(me.workerId, List.of(claim));
        stillThere(before, claim);
    }

    /** Someone else's running row must not have moved. */
    private void stillThere(@Nullable Position before, JobClaim claim) {
        if (before != null
                && before.claimId() != claim.claimId()
                && !before.equals(running(claim.jobId()))) {
            throw new AssertionError("%s moved %s".formatted(claim, before));
        }
    }

    /** Returns what stands under its name without its knowing. */
    void reconcile(WorkerProcess me) {
        me.doubtful = false;
        for (var claim : store.held(me.workerId, 0, 100)) {
            if (!me.holds(claim.jobId(), claim.claimId())) {
                giveBack(me, claim);
            }
        }
    }

    void settle() {
        store.settle(NOW, 1);
    }

    void promote() {
        store.promote(NOW.plus(RETRY), 1);
    }

    // ---- life and death

    void die(WorkerProcess victim) {
        deaths--;
        if (victim.isRegistered()) {
            store.freeLock(victim.workerId);
        }
        victim.die();
        verdicts.removeIf(verdict -> verdict.observer() == victim.index);
    }

    void freeze(WorkerProcess victim) {
        freezes--;
        victim.freeze();
    }

    void sentence(WorkerProcess observer, Sighting seen) {
        verdicts.add(new Verdict(observer.index, seen.workerId(), seen.beat()));
    }

    void rescue(Verdict verdict) {
        var answer = store.rescue(verdict.workerId(), verdict.seenBeat(), 1, NOW);
        if (answer.outcome() != RescueAnswer.Outcome.MORE) {
            verdicts.remove(verdict);
        }
    }

    /** Whether a registered worker stands still: its process is frozen or gone. */
    boolean standsStill(long workerId) {
        return processes.stream().noneMatch(p -> p.acts() && p.workerId == workerId);
    }

    List<Sighting> sightings() {
        return store.pulse(new Pulse(0, false, 0, List.of(), NOW)).others();
    }

    boolean isDead(long workerId) {
        return sightings().stream().noneMatch(s -> s.workerId() == workerId && !s.dead());
    }

    @Nullable Position running(long jobId) {
        return store.inspector().positions().stream()
                .filter(p -> p.jobId() == jobId && p.claimId() != 0)
                .findFirst()
                .orElse(null);
    }

    // ---- identity

    /** The same for worlds from which the same can happen. */
    String key() {
        var names = new HashMap<Long, Integer>();
        var text = new StringBuilder(160);
        text.append(store.outline(claim -> names.computeIfAbsent(claim, c -> names.size())));
        for (var process : processes) {
            text.append('|').append(process.alive ? process.workerId : -1);
            text.append(process.frozen ? "f" : "").append(process.doubtful ? "?" : "");
            text.append(process.fresh ? "*" : "").append(process.born ? "" : "-");
            for (var item : process.items) {
                var report = item.report();
                text.append(' ').append(item.job().id());
                text.append('.')
                        .append(names.computeIfAbsent(item.job().claimId(), c -> names.size()));
                text.append('.').append(item.workerId());
                text.append(item.started() ? 's' : 'c').append(item.suspect() ? "!" : "");
                text.append(item.job().attempt()).append(item.job().rescues());
                text.append(report == null ? "" : report.end().name());
                text.append(item.course().equals(Course.NONE) ? "" : item.course().key());
                text.append(store.wasRecorded(item.job().claim()) ? "+" : "");
            }
        }
        text.append('|');
        var seen = sightings();
        for (var verdict : verdicts) {
            boolean fresh =
                    seen.stream()
                            .anyMatch(s ->
                                    s.workerId() == verdict.workerId()
                                            && (s.beat() == verdict.seenBeat() || s.dead()));
            text.append(verdict.observer()).append('>').append(verdict.workerId());
            text.append(fresh ? "=" : "#");
        }
        for (var knows : sent) {
            text.append(knows.name().charAt(0));
        }
        for (var late : deeds.delayed) {
            text.append('d').append(late.jobId()).append('.');
            text.append(names.computeIfAbsent(late.claimId(), c -> names.size()));
            text.append(late.workerId()).append(Course.NONE.sent(late).key());
        }
        return text.append(deeds.key())
                .append(lostAnswers)
                .append(deaths)
                .append(freezes)
                .append(failures)
                .append(returns)
                .toString();
    }

    @Override
    public String toString() {
        return Objects.toString(key());
    }
}
