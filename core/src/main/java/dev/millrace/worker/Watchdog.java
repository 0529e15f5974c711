package dev.millrace.worker;

import dev.millrace.job.TimeLimits;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Interrupts handlers that take too long or say nothing for too long, and gives up those that do
 * not end when they were interrupted. One thread for all of a process; an attempt without limits
 * costs nothing, one with them a few steps in a heap. Thread-safe.
 */
public final class Watchdog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    private final Clock clock;
    private final ScheduledThreadPoolExecutor timer;

    /**
     * Watches nothing yet.
     *
     * @param clock dates the stacks it keeps
     */
    public Watchdog(Clock clock) {
        this.clock = clock;
        timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon(true).name("millrace-watchdog").factory());
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * Watches an attempt that is about to begin.
     *
     * @param limits the timeout is the attempt's own
     * @param abandon called when its handler did not end in time after an interrupt
     */
    Watch watch(LiveJob job, TimeLimits limits, Runnable abandon) {
        var watch = new Watch(job, limits, abandon);
        Duration timeout = limits.timeout();
        if (timeout != null) {
            watch.timeout = after(timeout, () -> watch.timeOut(timeout));
        }
        Duration silence = limits.noProgressFor();
        if (silence != null) {
            watch.silence = after(silence, () -> watch.listen(silence));
        }
        return watch;
    }

    /** One attempt under watch. */
    final class Watch {
        private final LiveJob job;
        private final TimeLimits limits;
        private final Runnable abandon;
        private @Nullable Future<?> timeout;
        private @Nullable Future<?> silence;
        private @Nullable Future<?> end;
        private boolean over;

        Watch(LiveJob job, TimeLimits limits, Runnable abandon) {
            this.job = job;
            this.limits = limits;
            this.abandon = abandon;
        }

        /** The handler was interrupted, by whomever. */
        synchronized void interrupted() {
            if (end == null && !over) {
                end = after(limits.abandonAfter(), this::giveUp);
            }
        }

        /** The handler has ended. */
        synchronized void over() {
            over = true;
            cancel(timeout);
            cancel(silence);
            cancel(end);
        }

        private void giveUp() {
            synchronized (this) {
                // who interrupts it again, for another reason, may give it up for that
                end = null;
            }
            LOG.atWarn()
                    .addKeyValue("job", job.id())
                    .addKeyValue("kind", job.claimed().kind())
                    .log(
                            "a handler does not end although it was interrupted; its thread keeps"
                                    + " its slot");
            abandon.run();
        }

        private void timeOut(Duration limit) {
            job.stop(
                    "timeout",
                    "the attempt took longer than its timeout of %s and was interrupted"
                            .formatted(limit),
                    clock.instant());
        }

        private void listen(Duration limit) {
            long left = limit.toNanos() - (System.nanoTime() - job.signNanos());
            if (left > 0) {
                @Nullable Future<?> next = after(Duration.ofNanos(left), () -> listen(limit));
                synchronized (this) {
                    silence = next;
                    if (over) {
                        cancel(next);
                    }
                }
                return;
            }
            job.stop(
                    "no-progress",
                    "the attempt said nothing for %s (no progress, checkpoint, step or log line) and was interrupted"
                            .formatted(limit),
                    clock.instant());
        }

        private static void cancel(@Nullable Future<?> task) {
            if (task != null) {
                task.cancel(false);
            }
        }
    }

    /** {@code null} once it is closed: nobody waits any more for what would come of it. */
    private @Nullable Future<?> after(Duration wait, Runnable task) {
        try {
            return timer.schedule(task, Math.max(1, wait.toMillis()), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            if (!timer.isShutdown()) {
                throw e;
            }
            return null;
        }
    }

    /** Watches no longer; attempts under way, and those that begin later, are not interrupted. */
    @Override
    public void close() {
        timer.shutdown();
    }
}
