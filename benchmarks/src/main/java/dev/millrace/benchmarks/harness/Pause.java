package dev.millrace.benchmarks.harness;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waiting between two looks at something outside this process. */
public final class Pause {
    private Pause() {}

    /** Waits about {@code millis} milliseconds, less when the thread is interrupted. */
    public static void millis(long millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
