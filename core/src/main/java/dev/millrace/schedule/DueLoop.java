package dev.millrace.schedule;

import dev.millrace.loop.Service;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/**
 * Does bounded steps of work when they are due and rests while none is: it learns the time of the
 * next from its own steps and from whoever tells it. Thread-safe.
 */
final class DueLoop {
    private static final Duration REST = Duration.ofMinutes(1);

    private final Clock clock;
    private final Step step;
    private final Service service;
    private final AtomicReference<@Nullable Instant> next = new AtomicReference<>();

    /** One bounded step of work. */
    @FunctionalInterface
    interface Step {
        /** Does it and answers when the next is due; {@code null} when none is known. */
        @Nullable Instant run(Instant now);
    }

    DueLoop(String name, Clock clock, RandomGenerator random, Step step) {
        this.clock = clock;
        this.step = step;
        this.service = new Service(name, random, this::step);
    }

    /** Begins, with a look at what is due already. */
    void start() {
        next.set(Instant.EPOCH);
        service.start();
    }

    void stop(Duration patience) throws InterruptedException {
        service.stop(patience);
    }

    /** Something is due at this moment; cheap when an earlier one is known. */
    void due(Instant at) {
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
        Instant following;
        try {
            following = step.run(now);
        } catch (RuntimeException e) {
            next.updateAndGet(known -> known == null || due.isBefore(known) ? due : known);
            throw e;
        }
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
