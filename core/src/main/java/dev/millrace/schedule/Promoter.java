package dev.millrace.schedule;

import dev.millrace.loop.Service;
import dev.millrace.store.JobStore;
import dev.millrace.store.Promotion;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/**
 * Makes delayed jobs available when they are due, at most 1,000 in a step. Asks the store only when
 * something is due: it learns the time of the next job from its own steps, from every pulse, and
 * from jobs that this process delayed itself. Runs in every worker process. Thread-safe.
 */
public final class Promoter {
    private static final Duration REST = Duration.ofMinutes(1);
    private static final int STEP = 1_000;

    private final JobStore store;
    private final Clock clock;
    private final Service service;
    private final AtomicReference<@Nullable Instant> next = new AtomicReference<>();

    /** A promoter that is not started. */
    public Promoter(JobStore store, Clock clock, RandomGenerator random) {
        this.store = store;
        this.clock = clock;
        this.service = new Service("millrace-promoter", Service.On.PLATFORM, random, this::step);
    }

    /** Begins to promote, with a look at what is due already. */
    public void start() {
        next.set(Instant.EPOCH);
        service.start();
    }

    /** Ends after the step under way. */
    public void stop(Duration patience) throws InterruptedException {
        service.stop(patience);
    }

    /** A job is due at this moment; cheap when an earlier one is known. */
    public void due(Instant at) {
        Instant before =
                next.getAndUpdate(known -> known == null || at.isBefore(known) ? at : known);
        if (before == null || at.isBefore(before) || !before.isAfter(clock.instant())) {
            service.wake();
        }
    }

    private Duration step() {
        Instant due = next.get();
        Instant now = clock.instant();
        if (due == null) {
            return REST;
        }
        if (due.isAfter(now)) {
            return restUntil(due, now);
        }
        next.compareAndSet(due, null);
        Promotion promotion;
        try {
            promotion = store.promote(now, STEP);
        } catch (RuntimeException e) {
            next.updateAndGet(known -> known == null || due.isBefore(known) ? due : known);
            throw e;
        }
        Instant following = promotion.nextDue();
        if (following != null) {
            next.updateAndGet(
                    known -> known == null || following.isBefore(known) ? following : known);
        }
        return Duration.ZERO;
    }

    private static Duration restUntil(Instant due, Instant now) {
        Duration wait = Duration.between(now, due);
        return wait.compareTo(REST) > 0 ? REST : wait.plusMillis(1);
    }
}
