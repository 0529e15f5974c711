package dev.millrace;

import dev.millrace.job.MillraceException;
import dev.millrace.limit.Admitter;
import dev.millrace.loop.Service;
import dev.millrace.schedule.BatchSettler;
import dev.millrace.schedule.Promoter;
import dev.millrace.schedule.Settler;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.upkeep.DeathWatch;
import dev.millrace.upkeep.Leader;
import dev.millrace.upkeep.LeaderListener;
import dev.millrace.upkeep.Leaders;
import dev.millrace.upkeep.Pruner;
import dev.millrace.upkeep.Rescuer;
import dev.millrace.upkeep.Rollups;
import dev.millrace.worker.Worker;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a process does for jobs that are not its own: it admits, promotes, settles, rescues, prunes
 * and counts. What it must know for that comes with the pulses of its worker or, where there is
 * none, with looks of its own.
 */
final class Housekeeping implements Worker.PulseListener {
    private static final Duration FREE_LOCK = Duration.ofSeconds(1);
    private static final Duration GAP = Duration.ofSeconds(3);
    private static final Duration WATCH = Duration.ofMillis(500);
    private static final Duration QUICK_WATCH = Duration.ofMillis(250);

    private final MillraceBuilder settings;
    private final JobStore store;
    private final Leaders leaders;
    private final Admitter admitter;
    private final Promoter promoter;
    private final Settler settler;
    private final BatchSettler batchSettler;
    private final Rescuer rescuer;
    private final Pruner pruner;
    private final Rollups rollups;
    private final Service looks;
    private volatile @Nullable Leader admits;

    /** Queues whose jobs without keys make room by ending too, as of the last pulse. */
    private volatile Set<String> gated = Set.of();

    private boolean watching;

    /**
     * A process that does nothing yet.
     *
     * @param leaders of which the house's prunes and sums; they are started by the caller
     */
    Housekeeping(MillraceBuilder settings, JobStore store, Leaders leaders) {
        this.settings = settings;
        this.store = store;
        this.leaders = leaders;
        var clock = settings.clock();
        var random = settings.random();
        Leader house = leaders.house();
        this.admitter = new Admitter(store, this::admits, clock, settings.nanos(), random);
        this.promoter = new Promoter(store, clock, random);
        this.settler = new Settler(store, clock, random);
        this.batchSettler = new BatchSettler(store, clock, random);
        this.rescuer =
                new Rescuer(store, clock, new DeathWatch(settings.lease(), FREE_LOCK, GAP), random);
        this.pruner =
                new Pruner(
                        store,
                        clock,
                        settings.retention(),
                        settings.retentions(),
                        random,
                        house::mayDo);
        this.rollups = new Rollups(store, clock, random, house::mayDo);
        this.looks = new Service("millrace-watch", random, this::look);
    }

    /** The epoch in which this process admits jobs with keys; empty when it does not. */
    private OptionalLong admits() {
        Leader leader = admits;
        return leader == null ? OptionalLong.empty() : leader.epoch();
    }

    /** Begins to send what is counted. */
    void count() {
        rollups.start();
    }

    /** Begins to act on what a worker's pulses tell. */
    synchronized void watchBesideWorker() {
        watching = true;
        Leader leader = leaders.admitting();
        admits = leader;
        leader.listen(
                new LeaderListener() {
                    @Override
                    public void leads(long epoch) {
                        admitter.wake();
                    }

                    @Override
                    public void ceased() {
                        // its next round sees that
                    }
                });
        admitter.start();
        promoter.start();
        settler.start();
        batchSettler.start();
        rescuer.start();
        pruner.start();
    }

    /** Begins to look and to act, unless it does; answers whether it has begun. */
    synchronized boolean watchAlone() {
        if (watching) {
            return false;
        }
        watchBesideWorker();
        looks.start();
        return true;
    }

    /** A look at what concerns everybody, as a worker's pulse has it, without being one. */
    private Duration look() {
        try {
            var look = new Pulse(0, false, 0, List.of(), settings.clock().instant());
            return answered(store.pulse(look), settings.nanos().getAsLong()) ? QUICK_WATCH : WATCH;
        } catch (MillraceException e) {
            failed();
            throw e;
        }
    }

    @Override
    public boolean answered(PulseAnswer answer, long askedNanos) {
        if (answer.nextDue() != null) {
            promoter.due(answer.nextDue());
        }
        if (answer.nextSettle() != null) {
            settler.due(answer.nextSettle());
        }
        gated =
                answer.controls().entrySet().stream()
                        .filter(control -> control.getValue().gated())
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toUnmodifiableSet());
        if (answer.atGate() && admits().isPresent()) {
            admitter.wake();
        }
        return rescuer.observe(answer.others(), askedNanos);
    }

    @Override
    public void failed() {
        rescuer.interrupted();
    }

    /** A job was accepted here. */
    void accepted(NewJob job) {
        rollups.accepted(job);
        if (job.runAt() != null) {
            promoter.due(job.runAt());
        }
        Instant expiresAt = job.terms().expiresAt();
        if (expiresAt != null) {
            settler.due(expiresAt);
        }
    }

    /** An attempt ended here, and that was recorded; whoever admits learns of the room it left. */
    void ended(ClaimedJob job, Ending ending) {
        rollups.ended(job.queue(), ending);
        if (ending.follows()) {
            ending.follow().then().forEach(this::accepted);
            batchSettler.wake();
        }
        if (!job.terms().keys().isEmpty() || gated.contains(job.queue())) {
            if (admits().isPresent()) {
                admitter.wake();
            } else {
                store.signals().announce();
            }
        }
    }

    /** Some job is due then. */
    void due(Instant moment) {
        promoter.due(moment);
    }

    /** Looks no more by itself. */
    void stopLooking(Duration patience) throws InterruptedException {
        looks.stop(patience);
    }

    /** Acts no more; for when the worker has drained. */
    void stopActing(Duration patience) throws InterruptedException {
        admitter.stop(patience);
        pruner.stop(patience);
        promoter.stop(patience);
        settler.stop(patience);
        batchSettler.stop(patience);
        rescuer.stop(patience);
    }

    /** Counts no more, after a last sending; for when nothing more is accepted. */
    void stopCounting(Duration patience) throws InterruptedException {
        rollups.stop(patience);
    }
}
