package dev.millrace.worker;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many jobs a claimer starts in a second, measured twenty milliseconds at a time. Guarded by
 * its claimer's lock.
 */
final class StartRate {
    private static final double AHEAD_SECONDS = 0.05;
    private static final long MEASURE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final LongSupplier nanos;
    private long started;
    private long measuredStarted;
    private long measuredNanos;
    private double perSecond;

    StartRate(LongSupplier nanos) {
        this.nanos = nanos;
        this.measuredNanos = nanos.getAsLong();
    }

    void started() {
        started++;
    }

    void measure() {
        long now = nanos.getAsLong();
        long elapsed = now - measuredNanos;
        if (elapsed < MEASURE_NANOS) {
            return;
        }
        double rate = (started - measuredStarted) * 1e9 / elapsed;
        perSecond = perSecond / 2 + rate / 2;
        measuredStarted = started;
        measuredNanos = now;
    }

    /** What was claimed ahead did not start soon enough: from nothing again. */
    void reset() {
        perSecond = 0;
    }

    /** What will be started within 50 ms, at most so many. */
    int ahead(int most) {
        return (int) Math.min(most, perSecond * AHEAD_SECONDS);
    }
}
