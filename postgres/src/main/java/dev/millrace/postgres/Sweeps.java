package dev.millrace.postgres;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When a look goes over everything. While somebody holds an old snapshot, a look from the start of
 * an index walks over all rows that are long gone; such looks may take at most one part in {@value
 * #SHARE} of the time, and the looks between them begin where the one before ended. Looks of less
 * than {@value #WORTH_MILLIS} ms always go over everything. Thread-safe.
 */
final class Sweeps {
    static final int SHARE = 50;
    static final int WORTH_MILLIS = 20;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final LongSupplier nanos;
    private volatile long next;

    /**
     * @param nanos a clock that only goes forward
     */
    Sweeps(LongSupplier nanos) {
        this.nanos = nanos;
        this.next = nanos.getAsLong();
    }

    long now() {
        return nanos.getAsLong();
    }

    /** Whether the next look should go over everything. */
    boolean isDue() {
        return nanos.getAsLong() - next >= 0;
    }

    /**
     * A look over everything has ended, well or not.
     *
     * @return how long it took
     */
    long took(long began) {
        long ended = nanos.getAsLong();
        long took = ended - began;
        boolean worth = took >= TimeUnit.MILLISECONDS.toNanos(WORTH_MILLIS);
        next = worth ? ended + Math.min(LONGEST_NANOS, SHARE * took) : ended;
        return took;
    }
}
