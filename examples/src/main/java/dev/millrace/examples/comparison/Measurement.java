package dev.millrace.examples.comparison;

import dev.millrace.examples.smtp.PostboxProcess;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Measures the ways against one mail server, in two steps: how much memory a job takes while it
 * waits for the server, and how many jobs end in a second with no more at once than fit into the
 * memory.
 */
final class Measurement {
    /** With answers after 200 ms, enough for 10,000 jobs a second. */
    private static final int ENOUGH_AT_ONCE = 2_000;

    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private final PostboxProcess server;
    private final long budgetBytes;
    private final int mostAtOnce;

    /**
     * A measurement that has not begun.
     *
     * @param budgetBytes resident at most
     * @param mostAtOnce jobs at once at most, whatever fits: file descriptors end somewhere
     */
    Measurement(PostboxProcess server, long budgetBytes, int mostAtOnce) {
        this.server = server;
        this.budgetBytes = budgetBytes;
        this.mostAtOnce = mostAtOnce;
    }

    /**
     * Measures memory first, then speed, the ways in turns so that whatever else the machine does
     * meets all of them.
     *
     * @param rounds of speed; the median counts
     */
    List<Row> of(List<Plan> plans, int rounds, PrintStream remarks) throws Exception {
        var rooms = new ArrayList<Room>();
        for (var plan : plans) {
            remarks.printf("  memory: %s%n", plan.explains());
            rooms.add(room(plan));
        }
        var speeds = new ArrayList<List<Speed>>();
        plans.forEach(plan -> speeds.add(new ArrayList<>()));
        for (int round = 1; round <= rounds; round++) {
            remarks.printf("  speed, round %d of %d%n", round, rounds);
            for (int i = 0; i < plans.size(); i++) {
                long most = Math.min(ENOUGH_AT_ONCE, mostAtOnce);
                int atOnce = (int) Math.min(rooms.get(i).fits(), most);
                speeds.get(i).add(speed(plans.get(i), atOnce, plans.get(i).jobs()));
            }
        }
        var rows = new ArrayList<Row>();
        for (int i = 0; i < plans.size(); i++) {
            rows.add(row(plans.get(i), rooms.get(i), speeds.get(i)));
        }
        return rows;
    }

    private static Row row(Plan plan, Room room, List<Speed> speeds) {
        var sorted = speeds.stream().sorted(Comparator.comparingDouble(Speed::perSecond)).toList();
        int atOnce = sorted.getFirst().atOnce();
        double peak =
                plan.single()
                        ? sorted.stream().mapToDouble(Speed::peakBytes).max().orElseThrow()
                        : room.base() + atOnce * room.perJob();
        return new Row(
                plan,
                room.perJob(),
                room.fits(),
                atOnce,
                sorted.get(sorted.size() / 2).perSecond(),
                peak);
    }

    /**
     * What a way takes, and how many jobs that leaves room for.
     *
     * @param base bytes before the first job
     * @param perJob further bytes for each job
     * @param fits jobs at once
     */
    private record Room(double base, double perJob, long fits) {}

    private Room room(Plan plan) throws Exception {
        var need = memory(plan);
        long fits = Math.max(1, (long) ((budgetBytes - need.base()) / need.perJob()));
        if (!plan.single()) {
            return new Room(need.base(), need.perJob(), fits);
        }
        // whether so many fit is seen only with so many at work, and garbage among them
        for (int tries = 0; tries < 5; tries++) {
            int atOnce = (int) Math.min(fits, mostAtOnce);
            double peak = speed(plan, atOnce, 2 * atOnce).peakBytes();
            if (peak <= budgetBytes) {
                return new Room(need.base(), need.perJob(), fits);
            }
            fits = (long) (0.95 * atOnce * budgetBytes / peak);
        }
        throw new IOException(
                "expected '%s' to stay within %d bytes, got more each time"
                        .formatted(plan.name(), budgetBytes));
    }

    /**
     * How fast a way was.
     *
     * @param atOnce jobs at once, at most
     * @param perSecond jobs ended
     * @param peakBytes resident at most, of the process that was started
     */
    private record Speed(int atOnce, double perSecond, double peakBytes) {}

    private static Speed speed(Plan plan, int atOnce, int jobs) throws Exception {
        try (var running = plan.way().start(atOnce)) {
            var done = checked(plan, running.run(jobs));
            long peak = running.processes().mapToLong(Memory::peak).sum();
            return new Speed(atOnce, jobs / done.seconds(), peak);
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
