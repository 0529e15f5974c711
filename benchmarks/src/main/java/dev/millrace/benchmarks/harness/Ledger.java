package dev.millrace.benchmarks.harness;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/** Counts that each of the jobs 0..n-1 ran exactly once. Thread-safe. */
public final class Ledger implements JobBody {
    private final AtomicIntegerArray runs;
    private final CountDownLatch left;
    private final AtomicLong firstNanos = new AtomicLong();
    private final AtomicLong repeats = new AtomicLong();

    /** Expects {@code jobs} jobs. */
    public Ledger(int jobs) {
        runs = new AtomicIntegerArray(jobs);
        left = new CountDownLatch(jobs);
    }

    @Override
    public void run(long number) {
        if (firstNanos.get() == 0) {
            firstNanos.compareAndSet(0, System.nanoTime());
        }
        if (runs.getAndIncrement((int) number) == 0) {
            left.countDown();
        } else {
            repeats.incrementAndGet();
        }
    }

    /** Waits until every job ran. */
    public void await(long seconds) throws InterruptedException {
        if (!left.await(seconds, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    "expected %d jobs to run within %d s, %d did not"
                            .formatted(runs.length(), seconds, left.getCount()));
        }
    }

    /** When the first job ran, on the clock of {@link System#nanoTime}. */
    public long firstNanos() {
        return firstNanos.get();
    }

    /** Fails when a job ran more than once. */
    public void requireOnce() {
        if (repeats.get() > 0) {
            throw new IllegalStateException(
                    "expected every job to run once, got " + repeats.get() + " repeated runs");
        }
    }
}
