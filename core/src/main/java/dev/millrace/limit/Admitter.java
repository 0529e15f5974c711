package dev.millrace.limit;

import dev.millrace.loop.Service;
import dev.millrace.store.JobStore;
import dev.millrace.store.LimitStore;
import dev.millrace.store.Signals;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Lets jobs with keys through while their keys have room. Every worker process has one; the one
 * that holds the lease works, the others rest. It counts in memory, by what it reads in each round
 * of who is admitted, and moves jobs only in the epoch in which it counted: one that stood still
 * while another took over moves nothing.
 *
 * <p>A round costs a few round trips, and time in proportion to what is admitted and to what it
 * moves, never to what waits. It runs when woken: by signals, when a lease begins, and when a pulse
 * sees a job at a gate; while somebody waits about once a second, and else every ten seconds. How
 * rounds follow each other is {@link Pace}'s. Thread-safe.
 */
public final class Admitter {
    private final JobStore store;
    private final Supplier<OptionalLong> epoch;
    private final Clock clock;
    private final LongSupplier nanos;
    private final Service service;

    /** Since the last round began; further wakes in between cost nothing. */
    private final AtomicBoolean asked = new AtomicBoolean();

    private Signals.@Nullable Subscription signals;

    // what follows belongs to the thread of the service
    private final Pace pace = new Pace();
    private @Nullable Reign reign;
    private long nextNanos;

    /**
     * An admitter that is not started.
     *
     * @param epoch the epoch in which this process holds the lease {@link LimitStore#LEASE} now;
     *     empty when it does not
     * @param clock by which pauses of keys end
     * @param nanos the process's monotonic clock
     */
    public Admitter(
            JobStore store,
            Supplier<OptionalLong> epoch,
            Clock clock,
            LongSupplier nanos,
            RandomGenerator random) {
        this.store = store;
        this.epoch = epoch;
        this.clock = clock;
        this.nanos = nanos;
        this.nextNanos = nanos.getAsLong();
        this.service = new Service("millrace-admitter", random, this::paced);
    }

    /** Begins. */
    public void start() {
        signals = store.signals().onWork(this::wake);
        service.start();
    }

    /** Ends after the round under way. */
    public void stop(Duration patience) throws InterruptedException {
        if (signals != null) {
            signals.close();
        }
        service.stop(patience);
    }

    /** Somebody may have come or left, or the lease has begun. Cheap. */
    public void wake() {
        if (!asked.getAndSet(true)) {
            service.wake();
        }
    }

    /** Runs a round unless the last one was a moment ago; rounds that find nothing grow rarer. */
    private Duration paced() {
        long now = nanos.getAsLong();
        if (now - nextNanos < 0) {
            return Duration.ofNanos(nextNanos - now);
        }
        asked.set(false);
        int moved = round();
        long ended = nanos.getAsLong();
        boolean full = reign != null && reign.isFull();
        var gap = pace.after(moved, Duration.ofNanos(ended - now), full);
        nextNanos = ended + gap.asked().toNanos();
        if (moved == 0 && !full) {
            return rest();
        }
        // a line may wait for its rate while another queue is full
        var turn = reign == null ? gap.unasked() : reign.untilTurn().orElse(gap.unasked());
        return turn.compareTo(gap.unasked()) < 0 ? turn : gap.unasked();
    }

    /** How long a round that finds nothing may wait to be asked for the next. */
    private Duration rest() {
        return reign == null || !reign.isAnyoneWaiting()
                ? Pace.REST
                : pace.whileWaiting(reign.untilTurn());
    }

    /**
     * One round: who left, who may go on in lines, who came.
     *
     * @return how many jobs it moved; 0 when this process does not lead
     */
    public int round() {
        OptionalLong held = epoch.get();
        if (held.isEmpty()) {
            reign = null;
            return 0;
        }
        try {
            Reign now = reign;
            if (now == null || now.epoch() != held.getAsLong()) {
                now = Reign.begin(store.limits(), held.getAsLong(), clock, nanos);
                reign = now;
            }
            int moved = now.round();
            if (now.isChanged()) {
                now = Reign.begin(store.limits(), held.getAsLong(), clock, nanos);
                reign = now;
                moved = now.round();
            }
            if (now.isOver()) {
                reign = null;
            }
            return moved;
        } catch (RuntimeException e) {
            // what was moved is not known
            reign = null;
            throw e;
        }
    }
}
