package dev.millrace.schedule;

import dev.millrace.loop.Service;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchPlace;
import dev.millrace.store.BatchStore;
import dev.millrace.store.JobStore;
import dev.millrace.store.Signals;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.random.RandomGenerator;

/**
 * Ends batches whose members have ended. Looks once a second, and soon after a member ended in this
 * process; every ten seconds while no member of any batch is open and no work comes. A step adds up
 * at most {@value BatchStore#MOST_IN_STEP} rows of counts. Every fifth look takes a page of open
 * members along, for those that ended without their batch hearing of it, and carries on with
 * batches that somebody cancelled. Runs in every worker process. Thread-safe.
 */
public final class BatchSettler {
    private static final Duration REST = Duration.ofSeconds(1);
    private static final Duration QUIET = Duration.ofSeconds(10);
    private static final Duration SOON = Duration.ofMillis(50);
    private static final int SWEEP_EVERY = 5;
    private static final int CANCELLING = 100;
    private static final String CANCELLED = "its batch was cancelled";

    private final JobStore store;
    private final Clock clock;
    private final Service service;
    private BatchPlace place = BatchPlace.FIRST;
    private int looks;
    private volatile boolean quiet;
    private Signals.@Nullable Subscription signals;

    /** A settler that is not started. */
    public BatchSettler(JobStore store, Clock clock, RandomGenerator random) {
        this.store = store;
        this.clock = clock;
        this.service = new Service("millrace-batch-settler", random, this::step);
    }

    /** Begins. */
    public void start() {
        signals = store.signals().onWork(this::unquiet);
        service.start();
    }

    private void unquiet() {
        if (quiet) {
            quiet = false;
            service.wake();
        }
    }

    /** Ends after the step under way. */
    public void stop(Duration patience) throws InterruptedException {
        if (signals != null) {
            signals.close();
        }
        service.stop(patience);
    }

    /** A member has ended, or a batch was changed, in this process. */
    public void wake() {
        service.wake();
    }

    private Duration step() {
        BatchStore batches = store.batches();
        var step = batches.settle(clock.instant(), BatchStore.MOST_IN_STEP);
        if (step.counted() == BatchStore.MOST_IN_STEP) {
            return Duration.ZERO;
        }
        if (quiet) {
            quiet = !isAnyOpen(batches);
        } else if (looks++ % SWEEP_EVERY == 0) {
            for (long cancelled : batches.cancelling(CANCELLING)) {
                cancel(batches, cancelled);
            }
            place = batches.sweep(place, BatchStore.MOST_IN_STEP);
            quiet = place.equals(BatchPlace.FIRST) && !isAnyOpen(batches);
        }
        return step.ended() > 0 ? SOON : quiet ? QUIET : REST;
    }

    private static boolean isAnyOpen(BatchStore batches) {
        return !batches.sweep(BatchPlace.FIRST, 1).equals(BatchPlace.FIRST);
    }

    /** A page of its open members; those left are asked again by later looks. */
    private void cancel(BatchStore batches, long batchId) {
        var jobs = new ArrayList<Long>();
        for (var member :
                batches.members(batchId, BatchMember.State.OPEN, 0, BatchStore.MOST_IN_STEP)) {
            if (member.nested()) {
                batches.cancel(member.id());
            } else {
                jobs.add(member.id());
            }
        }
        if (!jobs.isEmpty()) {
            store.cancel(jobs, CANCELLED, clock.instant());
            batches.sweep(new BatchPlace(batchId, 0), BatchStore.MOST_IN_STEP);
        }
    }
}
