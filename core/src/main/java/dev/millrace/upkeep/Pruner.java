package dev.millrace.upkeep;

import dev.millrace.loop.Service;
import dev.millrace.store.JobStore;

import java.time.Clock;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Removes finished jobs past their retention, 1,000 looked at in a step, so that it never holds the
 * store for long. A round begins about once a minute. Discarded jobs are never removed. Several
 * processes may prune at once.
 */
public final class Pruner {
    private static final Duration BETWEEN_ROUNDS = Duration.ofMinutes(1);
    private static final Duration BETWEEN_STEPS = Duration.ofMillis(50);
    private static final int STEP = 1_000;

    private final JobStore store;
    private final Clock clock;
    private final Duration keep;
    private final RandomGenerator random;
    private final Service service;
    private long afterJobId;

    /**
     * A pruner that is not started.
     *
     * @param keep how long finished jobs are kept
     */
    public Pruner(JobStore store, Clock clock, Duration keep, RandomGenerator random) {
        this.store = store;
        this.clock = clock;
        this.keep = keep;
        this.random = random;
        this.service = new Service("millrace-pruner", Service.On.VIRTUAL, random, this::step);
    }

    /** Begins to prune. */
    public void start() {
        service.start();
    }

    /** Ends after the step under way. */
    public void stop(Duration patience) throws InterruptedException {
        service.stop(patience);
    }

    private Duration step() {
        afterJobId = store.prune(clock.instant().minus(keep), afterJobId, STEP);
        return afterJobId == 0 ? BETWEEN_ROUNDS.plusMillis(random.nextLong(10_000)) : BETWEEN_STEPS;
    }
}
