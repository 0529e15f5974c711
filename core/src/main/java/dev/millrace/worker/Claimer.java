package dev.millrace.worker;

import dev.millrace.job.MillraceException;
import dev.millrace.loop.Service;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.QueueControl;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Keeps the slots of one queue busy: claims a batch for the free slots and a little ahead, and
 * starts each job on a virtual thread of its own. Thread-safe.
 *
 * <p>It claims ahead at most what the slots will start within 50 ms at the rate just measured,
 * 1,000 at most. What is not started within a quarter of a second is given back unspent.
 */
final class Claimer {
    private static final Logger LOG = LoggerFactory.getLogger(Claimer.class);
    private static final long STALE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Duration REST = Duration.ofMinutes(1);

    private final WorkerParts parts;
    private final Holdings holdings;
    private final String queue;
    private volatile int slots;
    private final Service service;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<LiveJob> ready = new ArrayDeque<>();
    private final AtomicBoolean workSeen = new AtomicBoolean(true);
    private List<ClaimedJob> putOff = List.of();
    private boolean needsFreeSlot;
    private int running;
    private int stuck;
    private final Set<LiveJob> hanging = new HashSet<>();
    private long readySinceNanos;
    private boolean draining;
    private volatile boolean retired;
    private volatile QueueControl control = QueueControl.NONE;
    private final StartRate rate;
    private volatile Predicate<String> held = name -> false;
    private long sweptNanos;

    /** Claims that took something; only on the service's thread. */
    private int taken;

    Claimer(WorkerParts parts, Holdings holdings, String queue, int slots) {
        this.parts = parts;
        this.holdings = holdings;
        this.queue = queue;
        this.slots = slots;
        this.rate = new StartRate(parts.nanos());
        this.sweptNanos = parts.nanos().getAsLong() - SWEEP_NANOS;
        this.service = new Service("millrace-claimer-" + queue, parts.random(), this::step);
    }

    String queue() {
        return queue;
    }

    int slots() {
        return slots;
    }

    /** From now on so many run at a time; with fewer than before, those that run end first. */
    void resize(int newSlots) {
        slots = newSlots;
        dispatch();
        wake();
    }

    /** Threads of jobs that were given up and have not ended; they are counted as running. */
    int givenUp() {
        lock.lock();
        try {
            return stuck;
        } finally {
            lock.unlock();
        }
    }

    /** The same with those that do not end although the worker stops, and keep their jobs. */
    int stuck() {
        lock.lock();
        try {
            return stuck + hanging.size();
        } finally {
            lock.unlock();
        }
    }

    void start() {
        service.start();
    }

    /** Work may have become available. */
    void wake() {
        workSeen.set(true);
        service.wake();
    }

    int running() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    /** Heeds what people set on the queue: a paused one gives back what has not started. */
    void control(QueueControl newControl) {
        boolean resumed = control.paused() && !newControl.paused();
        control = newControl;
        if (newControl.paused()) {
            giveBack(takeReady(job -> true));
        }
        if (resumed) {
            wake();
        }
    }

    /** Claims nothing more and gives back what has not started; what runs goes on. */
    void retire() {
        retired = true;
        giveBack(takeReady(job -> true));
    }

    /** Claims nothing while this says so of the queue; {@link #wake} when it no longer does. */
    void holdBy(Predicate<String> newHeld) {
        held = newHeld;
    }

    /** Whether the queue has a limit in the whole cluster. */
    boolean isLimited() {
        return control.maxRunning() != null;
    }

    /** Claims nothing more and gives back what has not started. */
    void drain(Duration patience) throws InterruptedException {
        lock.lock();
        try {
            draining = true;
        } finally {
            lock.unlock();
        }
        service.stop(patience);
        try {
            giveBack(takeReady(job -> true));
        } catch (MillraceException e) {
            LOG.warn("jobs could not be given back; they are rescued when this worker is gone", e);
        }
    }

    /**
     * Gives back what has waited too long for a slot, but not a job that waits for its neighbours
     * to end; called a few times a second.
     */
    void returnStale() {
        boolean stale;
        lock.lock();
        try {
            stale = !ready.isEmpty() && parts.nanos().getAsLong() - readySinceNanos >= STALE_NANOS;
        } finally {
            lock.unlock();
        }
        if (stale) {
            giveBack(takeReady(job -> !job.claimed().runsAlone()));
        }
    }

    /** The worker was declared dead: what has not started is another's. */
    void forgetReady() {
        takeReady(job -> true).forEach(this::forget);
    }

    /**
     * The worker has a new id: what was accepted under the old one meanwhile is another's, and who
     * looked under it may have been told of nothing.
     */
    void registeredAnew() {
        takeReady(job -> job.workerId() != holdings.workerId()).forEach(this::forget);
        wake();
    }

    /** Starts what waits for a slot, as far as slots and the gate allow. */
    void dispatch() {
        lock.lock();
        try {
            while (running < slots
                    && !ready.isEmpty()
                    && parts.mayStart().test(ready.peek().workerId())
                    && parts.gate().tryStart(ready.peek().claimed().runsAlone())) {
                running++;
                rate.started();
                readySinceNanos = parts.nanos().getAsLong();
                begin(ready.remove());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Looks at its needs again without assuming that there is new work. */
    void resume() {
        if (workSeen.get()) {
            service.wake();
        }
    }

    private void begin(LiveJob job) {
        Thread.ofVirtual().name("job-" + job.id()).start(() -> runAndComplete(job));
    }

    private void runAndComplete(LiveJob job) {
        try {
            Ending ending = parts.runner().run(job, new Hanging(job));
            if (job.settle()) {
                parts.completer().complete(job, ending);
            } else {
                LOG.atWarn()
                        .addKeyValue("job", job.id())
                        .addKeyValue("end", ending.end())
                        .log("a handler that was given up has ended; what it left is not kept");
            }
        } finally {
            freeSlot(job);
        }
    }

    /** A handler that does not end: its thread keeps its slot. */
    private final class Hanging implements JobRunner.Abandoned {
        private final LiveJob job;

        Hanging(LiveJob job) {
            this.job = job;
        }

        @Override
        public void ending(Ending ending) {
            if (isGivenUp()) {
                // on a thread of its own: the watchdog must never wait for room in the completer
                Thread.startVirtualThread(() -> parts.completer().complete(job, ending));
            }
        }

        @Override
        public void lost() {
            if (isGivenUp()) {
                holdings.release(job);
            }
        }

        @Override
        public void hangs() {
            lock.lock();
            try {
                if (!job.isEnded()) {
                    hanging.add(job);
                }
            } finally {
                lock.unlock();
            }
        }

        private boolean isGivenUp() {
            // settled under the lock: the thread, if it ends now, frees its slot as a stuck one
            lock.lock();
            try {
                if (!job.settle()) {
                    return false;
                }
                stuck++;
                hanging.remove(job);
                job.abandon();
            } finally {
                lock.unlock();
            }
            if (parts.gate().ended(job.claimed().runsAlone())) {
                parts.gateOpened().run();
            }
            return true;
        }
    }

    private void freeSlot(LiveJob job) {
        boolean others;
        boolean hungry;
        lock.lock();
        try {
            others = !job.isAbandoned() && parts.gate().ended(job.claimed().runsAlone());
            running--;
            hanging.remove(job);
            if (job.isAbandoned()) {
                stuck--;
            }
            dispatch();
            hungry = ready.size() <= ahead() / 2 && workSeen.get();
        } finally {
            lock.unlock();
        }
        if (others) {
            parts.gateOpened().run();
        }
        if (hungry) {
            service.wake();
        }
    }

    private Duration step() throws InterruptedException {
        if (!workSeen.get()) {
            return REST;
        }
        int wanted = wanted();
        if (wanted == 0 || !parts.gate().isOpen()) {
            return REST;
        }
        long now = parts.nanos().getAsLong();
        workSeen.set(false);
        boolean sweep = now - sweptNanos >= SWEEP_NANOS;
        int got;
        try {
            got = claim(wanted, sweep);
            if (got == 0 && !sweep) {
                got = claim(wanted, true);
                sweep = true;
            }
        } catch (MillraceException e) {
            workSeen.set(true);
            throw e;
        }
        if (sweep) {
            sweptNanos = now;
        }
        if (got > 0) {
            workSeen.set(true);
        }
        return got > 0 || workSeen.get() ? Duration.ZERO : REST;
    }

    private int claim(int wanted, boolean sweep) {
        long worker = holdings.workerId();
        long claimId = holdings.beginClaim(worker);
        boolean answered = false;
        try {
            List<ClaimedJob> jobs =
                    parts.store()
                            .claim(
                                    new ClaimRequest(
                                            worker,
                                            claimId,
                                            queue,
                                            parts.handlers().kinds(),
                                            wanted,
                                            sweep,
                                            aged(),
                                            parts.clock().instant()));
            answered = true;
            taken += jobs.isEmpty() ? 0 : 1;
            accept(jobs, worker);
            returnPutOff(worker);
            return jobs.size();
        } catch (MillraceException e) {
            if (e.code() == MillraceException.Code.WORKER_LOST) {
                answered = true;
                parts.lost().accept(worker);
            }
            throw e;
        } finally {
            holdings.endClaim(claimId, answered);
        }
    }

    /** One claim in so many goes by age, so that a low priority waits long but not for ever. */
    private boolean aged() {
        return taken % ClaimRequest.AGED_EVERY == ClaimRequest.AGED_EVERY - 1;
    }

    private void accept(List<ClaimedJob> jobs, long worker) {
        if (jobs.isEmpty()) {
            return;
        }
        lock.lock();
        try {
            if (worker != holdings.workerId()) {
                LOG.debug("claimed under worker {}, which was declared dead meanwhile", worker);
                return;
            }
            if (jobs.getFirst().runsAlone() && running >= slots) {
                needsFreeSlot = true;
                putOff = jobs;
                return;
            }
            needsFreeSlot = false;
            if (ready.isEmpty()) {
                readySinceNanos = parts.nanos().getAsLong();
            }
            for (ClaimedJob job : jobs) {
                if (job.runsAlone()) {
                    parts.gate().announce();
                }
                var live = new LiveJob(job, worker);
                holdings.hold(live);
                ready.add(live);
            }
            dispatch();
        } finally {
            lock.unlock();
        }
    }

    /** A job that must run alone was claimed while every slot was taken: others must not wait. */
    private void returnPutOff(long worker) {
        List<ClaimedJob> jobs = putOff;
        putOff = List.of();
        if (!jobs.isEmpty()) {
            holdings.doubt();
            parts.store().giveBack(worker, jobs.stream().map(ClaimedJob::claim).toList());
        }
    }

    /** How many to claim now; zero while enough is at hand. */
    private int wanted() {
        lock.lock();
        try {
            if (draining || retired || control.paused() || held.test(queue)) {
                return 0;
            }
            rate.measure();
            // what is claimed ahead would take a limited queue's places without running
            int ahead = isLimited() ? 0 : ahead();
            int free = slots - running;
            if (needsFreeSlot && free <= 0) {
                return 0;
            }
            if (ready.size() > ahead / 2 || free + ahead - ready.size() <= 0) {
                return 0;
            }
            return Math.min(ClaimRequest.MAX, free + ahead - ready.size());
        } finally {
            lock.unlock();
        }
    }

    private int ahead() {
        return rate.ahead(ClaimRequest.MAX);
    }

    private List<LiveJob> takeReady(Predicate<LiveJob> which) {
        lock.lock();
        try {
            List<LiveJob> taken = ready.stream().filter(which).toList();
            ready.removeAll(taken);
            rate.reset();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(List<LiveJob> jobs) {
        if (jobs.isEmpty()) {
            return;
        }
        List<JobClaim> claims = jobs.stream().map(job -> job.claimed().claim()).toList();
        long worker = jobs.getFirst().workerId();
        boolean returned = false;
        try {
            parts.store().giveBack(worker, claims);
            returned = true;
        } finally {
            if (!returned) {
                holdings.doubt();
            }
            // when the store did not answer, the next comparison with its rows gives them back
            jobs.forEach(this::forget);
        }
    }

    private void forget(LiveJob job) {
        holdings.release(job);
        if (job.claimed().runsAlone()) {
            parts.gate().withdraw();
        }
    }
}
