package dev.millrace.examples.comparison;

import dev.millrace.examples.smtp.PostboxProcess;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Measures one way after the other against one mail server, each in two steps: how much memory a
 * job takes while it waits for the server, and how many jobs end in a second when as many run at
 * once as fit into the memory.
 */
final class Measurement {
    /** File descriptors end here, on this side and on the server's. */
    static final int MOST_AT_ONCE = 10_000;

    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private final PostboxProcess server;
    private final long budgetBytes;

    Measurement(PostboxProcess server, long budgetBytes) {
        this.server = server;
        this.budgetBytes = budgetBytes;
    }

    Row of(Plan plan) throws Exception {
        var memory = memory(plan);
        long fits = Math.max(1, (long) ((budgetBytes - memory.base()) / memory.perJob()));
        int atOnce = (int) Math.min(fits, MOST_AT_ONCE);
        try (var running = plan.way().start(atOnce)) {
            var done = checked(plan, running.run(plan.jobs()));
            double peak =
                    plan.single()
                            ? running.processes().mapToLong(Memory::peak).sum()
                            : memory.base() + atOnce * memory.perJob();
            return new Row(plan, memory.perJob(), fits, atOnce, plan.jobs() / done.seconds(), peak);
        }
    }

    /**
     * What a way takes.
     *
     * @param base bytes before the first job
     * @param perJob further bytes for each job
     */
    private record Need(double base, double perJob) {}

    private Need memory(Plan plan) throws Exception {
        try (var running = plan.way().start(plan.probe());
                var thread = Executors.newVirtualThreadPerTaskExecutor()) {
            running.clean();
            double base = Memory.resident(running.processes());
            server.hold();
            try {
                var jobs = thread.submit(() -> running.run(plan.probe()));
                awaitWaiting(plan);
                double all = Memory.resident(running.processes());
                server.release();
                checked(plan, jobs.get());
                return new Need(base, (all - base) / plan.probe());
            } finally {
                server.release();
            }
        }
    }

    private void awaitWaiting(Plan plan) throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (server.counts().waiting() < plan.probe()) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new IOException(
                        "expected %d jobs of '%s' to wait at once within a minute, got %d"
                                .formatted(plan.probe(), plan.name(), server.counts().waiting()));
            }
            pause(20);
        }
        pause(200);
    }

    private static Way.Done checked(Plan plan, Way.Done done) throws IOException {
        if (done.failed() > 0) {
            throw new IOException(
                    "expected every job of '%s' to send its mail, %d did not"
                            .formatted(plan.name(), done.failed()));
        }
        return done;
    }

    private static void pause(long millis) throws InterruptedException {
        boolean never = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
        assert !never;
    }
}
