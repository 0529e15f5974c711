package dev.millrace.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * A clock that moves only when told, with a monotonic source beside it that can be moved on its
 * own, as the two disagree on a real machine when its time is set. Thread-safe. Clocks made by
 * {@link #withZone} show the same time.
 */
public final class FakeClock extends Clock {
    /** Where a clock starts when nothing is said. */
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicReference<Instant> wall;
    private final AtomicLong nanos;
    private final ZoneId zone;

    /** A clock at {@link #START}, in UTC. */
    public FakeClock() {
        this(START);
    }

    /** A clock at the given moment, in UTC; its monotonic source starts at 0. */
    public FakeClock(Instant start) {
        this(new AtomicReference<>(start), new AtomicLong(), ZoneOffset.UTC);
    }

    private FakeClock(AtomicReference<Instant> wall, AtomicLong nanos, ZoneId zone) {
        this.wall = wall;
        this.nanos = nanos;
        this.zone = zone;
    }

    /**
     * Lets time pass: both the wall clock and the monotonic source move.
     *
     * @param by zero or more
     * @return the moment now shown
     * @throws IllegalArgumentException when negative; only {@link #jump} goes back
     */
    public Instant advance(Duration by) {
        advanceNanos(by);
        return jump(by);
    }

    /**
     * Sets the wall clock forward or, with a negative duration, back; no time passes.
     *
     * @return the moment now shown
     */
    public Instant jump(Duration by) {
        return wall.updateAndGet(at -> at.plus(by));
    }

    /**
     * Moves only the monotonic source.
     *
     * @param by zero or more
     * @throws IllegalArgumentException when negative: a monotonic source never goes back
     */
    public void advanceNanos(Duration by) {
        if (by.isNegative()) {
            throw new IllegalArgumentException("time must pass by 0s or more, got " + by);
        }
        nanos.addAndGet(by.toNanos());
    }

    /** The monotonic source, in nanoseconds; only differences mean anything. */
    public LongSupplier nanos() {
        return nanos::get;
    }

    @Override
    public Instant instant() {
        return wall.get();
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
        return new FakeClock(wall, nanos, other);
    }
}
