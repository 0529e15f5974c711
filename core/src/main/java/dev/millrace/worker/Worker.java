package dev.millrace.worker;

import dev.millrace.job.MillraceException;
import dev.millrace.loop.Backoff;
import dev.millrace.loop.Service;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.QueueControl;
import dev.millrace.store.Signals;
import dev.millrace.store.WorkerInfo;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * One worker process's share of the work: registered in the store, beating, claiming for its queues
 * and running what it claimed. Thread-safe; started once, closed once.
 *
 * <p>A pulse twice a second is all that an idle worker costs its store, or once a second when it is
 * alone and has had nothing to do for ten. It beats every other second. When the store declares
 * this worker dead (it was frozen for longer than the lease), everything it runs is interrupted,
 * what it still reports is refused, and it registers anew.
 */
public final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration PULSE = Duration.ofMillis(500);
    private static final Duration QUICK_PULSE = Duration.ofMillis(250);
    private static final Duration CALM_PULSE = Duration.ofSeconds(1);
    private static final int CALM_AFTER = 20;
    private static final Duration LISTEN = Duration.ofMinutes(1);
    private static final Duration SILENCE = Duration.ofHours(1);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Hears what each pulse learned, so that other rooms can act on it. */
    public interface PulseListener {
        /**
         * The store answered.
         *
         * @param askedNanos when it was asked, by the process's monotonic clock
         * @return whether the next pulse should come sooner than usual
         */
        boolean answered(PulseAnswer answer, long askedNanos);

        /** The store did not answer. */
        void failed();
    }

    private final JobStore store;
    private final WorkerInfo info;
    private final Clock clock;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final Duration heartbeat;
    private final Duration lease;
    private final Reporter reporter;
    private final PulseListener listener;
    private final Holdings holdings = new Holdings();
    private final Completer completer;
    private final List<Claimer> claimers;
    private final List<Pulse.Scope> scopes;
    private final Service pulse;
    private final AtomicLong lost = new AtomicLong(-1);
    private Signals.@Nullable Subscription subscription;
    private volatile long beatNanos;
    private volatile boolean slotsChanged;
    private final AtomicInteger calmPulses = new AtomicInteger();
    private volatile boolean stopping;
    private volatile boolean retired;
    private long listenedNanos;

    /** Only on the pulse's thread. */
    private long afterRequest;

    /**
     * What a worker is made of.
     *
     * @param store where the jobs are
     * @param info how it introduces itself; its queues are those it serves
     * @param handlers what it can run
     * @param runner runs one job
     * @param clock the time kept with jobs
     * @param nanos the process's monotonic clock
     * @param random spreads waits; thread-safe
     * @param heartbeat how often it beats
     * @param lease how long others wait for a beat before they hold it for dead
     * @param reporter writes what its jobs report; started and stopped with the worker
     */
    public record Parts(
            JobStore store,
            WorkerInfo info,
            Handlers handlers,
            JobRunner runner,
            Clock clock,
            LongSupplier nanos,
            RandomGenerator random,
            Duration heartbeat,
            Duration lease,
            Reporter reporter) {}

    /** Hears of each ending, on the recording thread; must be quick. */
    @FunctionalInterface
    public interface EndingListener {
        /**
         * An attempt ended.
         *
         * @param recorded whether that was recorded; otherwise the report was refused
         */
        void ended(ClaimedJob job, Ending ending, boolean recorded);
    }

    /** A worker that is not started. */
    public Worker(Parts parts, PulseListener listener, EndingListener endings) {
        this.store = parts.store();
        this.info = parts.info();
        this.clock = parts.clock();
        this.nanos = parts.nanos();
        this.random = parts.random();
        this.heartbeat = parts.heartbeat();
        this.lease = parts.lease();
        this.reporter = parts.reporter();
        this.listener = listener;
        this.completer =
                new Completer(
                        store,
                        parts.random(),
                        (live, ending, recorded) -> {
                            holdings.release(live);
                            endings.ended(live.claimed(), ending, recorded);
                            slotsFreed(live.queue());
                        });
        this.pulse =
                new Service(
                        "millrace-pulse",
                        parts.random(),
                        // who is slower to return from an outage than others looks dead to them
                        heartbeat,
                        this::pulse);
        var shared =
                new WorkerParts(
                        store,
                        parts.handlers(),
                        parts.runner(),
                        completer,
                        new AloneGate(nanos),
                        clock,
                        nanos,
                        parts.random(),
                        this::mayStart,
                        this::dispatchAll,
                        this::declaredDead);
        this.claimers =
                info.queues().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(each -> new Claimer(shared, holdings, each.getKey(), each.getValue()))
                        .toList();
        this.scopes =
                claimers.stream()
                        .map(each -> new Pulse.Scope(each.queue(), parts.handlers().kinds()))
                        .toList();
    }

    /** Registers and begins to work; fails when the store does not answer. */
    public void start() {
        register();
        subscription = store.signals().onWork(this::signalled);
        pulse.start();
        reporter.start();
        claimers.forEach(Claimer::start);
    }

    /** Its present id in the store. */
    public long id() {
        return holdings.workerId();
    }

    /** Jobs running now. */
    public int running() {
        return claimers.stream().mapToInt(Claimer::running).sum();
    }

    /** Whether it drains and its running jobs were told. */
    public boolean isStopping() {
        return stopping;
    }

    /** Whether somebody told it to drain and it has heeded that: it claims nothing more. */
    public boolean isRetired() {
        return retired;
    }

    /**
     * Threads that were interrupted and do not end, of jobs that were given up or lost, or whose
     * worker stops; they are counted as running.
     */
    public int stuck() {
        return claimers.stream().mapToInt(Claimer::stuck).sum();
    }

    private int givenUp() {
        return claimers.stream().mapToInt(Claimer::givenUp).sum();
    }

    /**
     * Claims nothing from queues of which this says so, beside what people set on them.
     *
     * @param held asked before each claim; must be quick
     */
    public void holdBy(Predicate<String> held) {
        claimers.forEach(claimer -> claimer.holdBy(held));
    }

    /**
     * Runs so many jobs of a queue at a time from now on; with fewer than before, those that run
     * end first.
     *
     * @param slots 1 or more
     * @return whether this worker serves the queue
     */
    public boolean resize(String queue, int slots) {
        boolean serves = false;
        for (Claimer claimer : claimers) {
            if (claimer.queue().equals(queue)) {
                claimer.resize(slots);
                slotsChanged = true;
                serves = true;
            }
        }
        return serves;
    }

    /** Endings that were refused because the claim was no longer held. */
    public long refusedEndings() {
        return completer.refused();
    }

    /**
     * Interrupts a job's handler if it runs here, because somebody asked to cancel it.
     *
     * @param reason kept in the job's history
     */
    public void cancel(long jobId, String reason) {
        holdings.find(jobId).ifPresent(job -> job.cancel(reason));
    }

    /** Recorded attempts that completed their job. */
    public long completed() {
        return completer.completed();
    }

    /** Recorded attempts that failed, the last ones of discarded jobs among them. */
    public long failed() {
        return completer.failed();
    }

    /** Looks for work now instead of at the next signal or pulse. */
    public void wake() {
        claimers.forEach(Claimer::wake);
        pulse.wake();
    }

    /**
     * Drains: claims nothing more, gives back what has not started, waits for what runs, interrupts
     * what still runs when the patience ends (it goes back unspent), records every ending, and
     * signs off. Handlers that do not end even then keep their jobs: the worker goes on beating for
     * them, so that nobody runs them beside it, and others rescue them once this process is gone.
     *
     * @param patience how long running jobs may take
     * @return whether everything has ended; when not, the store must stay open
     */
    public boolean drain(Duration patience) throws InterruptedException {
        if (subscription != null) {
            subscription.close();
        }
        for (Claimer claimer : claimers) {
            claimer.drain(PATIENCE);
        }
        // those that leave checkpoints need not be waited for: they end at the next one, unspent
        holdings.held().forEach(LiveJob::askToYield);
        stopping = true;
        if (!awaitIdle(patience)) {
            reporter.hurry();
            holdings.held().forEach(LiveJob::interrupt);
            awaitIdle(PATIENCE);
        }
        if (running() > givenUp()) {
            LOG.atWarn()
                    .addKeyValue("worker", holdings.workerId())
                    .addKeyValue("running", running())
                    .log("handlers did not end; their jobs are rescued when this process is gone");
            return false;
        }
        completer.hurry();
        awaitIdle(PATIENCE);
        reporter.stop(PATIENCE);
        pulse.stop(PATIENCE);
        try {
            store.deregister(holdings.workerId());
        } catch (MillraceException e) {
            LOG.warn("could not sign off; other workers clear this one away", e);
        }
        return true;
    }

    private boolean awaitIdle(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        var pause = new Backoff(Duration.ofMillis(2), Duration.ofMillis(20), random);
        while (running() > givenUp() || !completer.isIdle()) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            pause.pause();
        }
        return true;
    }

    private void register() {
        long id = store.register(info);
        holdings.registered(id);
        beatNanos = nanos.getAsLong();
        if (retired) {
            store.drain(id);
        }
        LOG.atInfo()
                .addKeyValue("worker", id)
                .addKeyValue("name", info.name())
                .addKeyValue("queues", info.queues())
                .log("worker is registered");
    }

    private void signalled() {
        calmPulses.set(0);
        claimers.forEach(Claimer::wake);
    }

    private Duration pulse() {
        // the id, not a flag: a claim under the old id may be refused while the new one is given
        if (lost.get() == id()) {
            forgetEverything();
            register();
            claimers.forEach(Claimer::registeredAnew);
        }
        long now = nanos.getAsLong();
        boolean beat = now - beatNanos >= heartbeat.toNanos() - PULSE.toNanos() / 2;
        boolean resized = slotsChanged;
        slotsChanged = false;
        PulseAnswer answer;
        try {
            answer =
                    store.pulse(
                            new Pulse(
                                    id(),
                                    beat,
                                    running(),
                                    stuck(),
                                    resized ? slots() : null,
                                    scopes,
                                    clock.instant(),
                                    afterRequest));
        } catch (MillraceException e) {
            slotsChanged |= resized;
            listener.failed();
            throw e;
        }
        if (!answer.alive()) {
            declaredDead(id());
            return Duration.ZERO;
        }
        if (beat) {
            beatNanos = now;
            holdings.reconcile(store, answer.running());
        }
        answer.cancelled().forEach(this::cancel);
        answer.stacksWanted().forEach(this::showStack);
        reportSilent(now);
        afterRequest = answer.lastRequest();
        if (answer.draining() && !retired) {
            retire();
        }
        for (Claimer claimer : claimers) {
            claimer.control(answer.controls().getOrDefault(claimer.queue(), QueueControl.NONE));
        }
        claimers.forEach(Claimer::returnStale);
        dispatchAll();
        for (Claimer claimer : claimers) {
            if (answer.queuesWithWork().contains(claimer.queue())) {
                claimer.wake();
            }
        }
        boolean soon = listener.answered(answer, now) || afterRequest > 0;
        return soon ? QUICK_PULSE : isCalm(answer) ? CALM_PULSE : PULSE;
    }

    /** Whether nothing has happened for a while, and nobody else's death is waited for. */
    private boolean isCalm(PulseAnswer answer) {
        boolean nothing =
                running() == 0
                        && answer.queuesWithWork().isEmpty()
                        && answer.others().stream().allMatch(PulseAnswer.Sighting::dead);
        return calmPulses.updateAndGet(n -> nothing ? Math.min(n + 1, CALM_AFTER) : 0) == CALM_AFTER
                && heartbeat.compareTo(CALM_PULSE.multipliedBy(2)) >= 0;
    }

    /**
     * Somebody told it to drain: it claims nothing more, ends what it runs, and goes on beating.
     */
    private void retire() {
        retired = true;
        LOG.atInfo()
                .addKeyValue("worker", id())
                .addKeyValue("running", running())
                .log("this worker was told to drain: it claims nothing more");
        claimers.forEach(Claimer::retire);
    }

    private Map<String, Integer> slots() {
        return claimers.stream().collect(Collectors.toMap(Claimer::queue, Claimer::slots));
    }

    private void showStack(long jobId) {
        holdings.find(jobId).ifPresent(job -> noteStack(job));
    }

    private boolean noteStack(LiveJob job) {
        var stack = job.stack(clock.instant());
        stack.ifPresent(note -> {
            job.notebook().stack(note);
            reporter.note(job);
        });
        return stack.isPresent();
    }

    /** Once a minute: jobs that have said nothing for an hour show where they stand. */
    private void reportSilent(long now) {
        if (now - listenedNanos < LISTEN.toNanos()) {
            return;
        }
        listenedNanos = now;
        for (LiveJob job : holdings.held()) {
            if (job.isSilentFor(SILENCE) && noteStack(job)) {
                LOG.atWarn()
                        .addKeyValue("job", job.id())
                        .addKeyValue("kind", job.claimed().kind())
                        .log("a job has said nothing for an hour; its stack is kept with it");
            }
        }
    }

    /**
     * A job may start only while the last answered beat is younger than the lease: a process that
     * stood still may have been declared dead without knowing, and has to beat first. One that
     * knows starts nothing that it claimed under its old id.
     */
    private boolean mayStart(long workerId) {
        if (workerId != id() || workerId == lost.get()) {
            return false;
        }
        if (nanos.getAsLong() - beatNanos < lease.toNanos()) {
            return true;
        }
        pulse.wake();
        return false;
    }

    /** A limited queue has room again only when an ending is recorded. */
    private void slotsFreed(String queue) {
        for (Claimer claimer : claimers) {
            if (claimer.isLimited() && claimer.queue().equals(queue)) {
                claimer.wake();
            }
        }
    }

    private void declaredDead(long workerId) {
        if (workerId == holdings.workerId() && lost.getAndSet(workerId) != workerId) {
            LOG.atWarn()
                    .addKeyValue("worker", workerId)
                    .log("this worker was declared dead; its claims are lost, it registers anew");
            pulse.wake();
        }
    }

    private void forgetEverything() {
        claimers.forEach(Claimer::forgetReady);
        holdings.held().forEach(LiveJob::lose);
    }

    private void dispatchAll() {
        claimers.forEach(Claimer::dispatch);
        claimers.forEach(Claimer::resume);
    }
}
