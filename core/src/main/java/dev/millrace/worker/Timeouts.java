package dev.millrace.worker;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Interrupts handlers whose attempt takes longer than its timeout. One thread for all of a process;
 * an attempt without a timeout costs nothing, one with it two steps in a heap. Thread-safe.
 */
public final class Timeouts implements AutoCloseable {
    private final ScheduledThreadPoolExecutor timer;

    /** Watches nothing yet. */
    public Timeouts() {
        timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon(true).name("millrace-timeouts").factory());
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Watches an attempt that begins now; running the answer says that it has ended. */
    Runnable watch(LiveJob job, @Nullable Duration timeout) {
        if (timeout == null) {
            return Timeouts::nothing;
        }
        ScheduledFuture<?> end =
                timer.schedule(job::timeOut, timeout.toMillis(), TimeUnit.MILLISECONDS);
        return () -> end.cancel(false);
    }

    private static void nothing() {}

    /** Watches no longer; attempts under way are not interrupted by it. */
    @Override
    public void close() {
        timer.shutdown();
    }
}
