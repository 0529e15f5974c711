package dev.millrace.server.command;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** How a process lives that ends only when it is told to. */
final class UntilTold {
    /** Beyond the drain time: what ends after it was interrupted is still recorded. */
    private static final Duration AFTER_DRAIN = Duration.ofSeconds(30);

    private UntilTold() {}

    /**
     * Runs until the process is told to end, or, in a test, until this thread is interrupted.
     *
     * @param bound how long draining may take
     * @param ready says that it is there
     * @param drain ends it
     */
    static void toStop(Duration bound, Runnable ready, Runnable drain, Session session) {
        var stop = new CountDownLatch(1);
        var drained = new CountDownLatch(1);
        Duration patience = bound.plus(AFTER_DRAIN);
        Thread hook =
                Thread.ofPlatform()
                        .name("millrace-drain")
                        .unstarted(() -> stopAndWait(stop, drained, patience));
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            ready.run();
            stop.await();
        } catch (InterruptedException e) {
            session.remark("told to stop");
        }
        try {
            drain.run();
        } finally {
            drained.countDown();
            if (stop.getCount() > 0) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        }
    }

    private static void stopAndWait(CountDownLatch stop, CountDownLatch drained, Duration bound) {
        stop.countDown();
        try {
            boolean inTime = drained.await(bound.toNanos(), TimeUnit.NANOSECONDS);
            assert inTime : "the drain has bounds of its own";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
