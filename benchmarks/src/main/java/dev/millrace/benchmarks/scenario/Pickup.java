package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.JobBody;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;
import dev.millrace.benchmarks.harness.Session;

import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long an idle worker takes to start a job, from the receipt to the job's first line.
 *
 * @param otherProcess whether the worker is in another process than the one that enqueues
 */
public record Pickup(boolean otherProcess) implements Scenario {
    private static final int SLOTS = 10;
    private static final int BURST = 2_000;
    private static final int WARM_UP = 20;
    private static final long FIRST_OF_BURST = 1_000_000;
    private static final long LIMIT_SECONDS = 60;

    @Override
    public String name() {
        return otherProcess ? "pickup-other-process" : "pickup-same-process";
    }

    @Override
    public String explains() {
        return "After a burst of %,d, jobs are enqueued one at a time, 20 to 180 ms apart, for an"
                        .formatted(BURST)
                + " idle worker in "
                + (otherProcess ? "another process" : "the same process")
                + "; the time from each receipt to the first line of the job. A job that began"
                + " before its receipt came back counts as 0.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.PICKUP);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        return rig.measure(
                contender,
                place ->
                        otherProcess
                                ? fromChild(contender, rig, place)
                                : fromHere(contender, rig, place));
    }

    private Figures fromHere(Contender contender, Rig rig, Place place) throws Exception {
        var started = new ConcurrentHashMap<Long, Long>();
        JobBody body = number -> started.putIfAbsent(number, System.nanoTime());
        try (var session = contender.open(place, 1);
                var running = session.work(SLOTS, body)) {
            return times(session, started, rig.options().samples());
        }
    }

    private Figures fromChild(Contender contender, Rig rig, Place place) throws Exception {
        try (var child = rig.child(contender, place, SLOTS, "report");
                var session = contender.open(place, 1)) {
            return times(session, child.startedNanos(), rig.options().samples());
        }
    }

    private static Figures times(Session session, Map<Long, Long> started, int samples)
            throws Exception {
        for (int i = 0; i < BURST; i++) {
            session.enqueue(FIRST_OF_BURST + i);
        }
        awaitStarted(started, BURST);
        var random = new Random(7);
        var receipts = new long[WARM_UP + samples];
        for (int i = 0; i < receipts.length; i++) {
            Pause.millis(random.nextLong(20, 180));
            session.enqueue(i);
            receipts[i] = System.nanoTime();
        }
        awaitStarted(started, BURST + receipts.length);
        var nanos = new long[samples];
        for (int i = 0; i < samples; i++) {
            long number = WARM_UP + i;
            nanos[i] = Math.max(0, started.getOrDefault(number, 0L) - receipts[WARM_UP + i]);
        }
        return new Figures().percentiles(nanos).put("jobs", samples);
    }

    private static void awaitStarted(Map<Long, Long> started, int jobs) throws Exception {
        var deadline = System.nanoTime() + LIMIT_SECONDS * 1_000_000_000L;
        while (started.size() < jobs) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "expected %d jobs to start within %d s of the last, got %d"
                                .formatted(jobs, LIMIT_SECONDS, started.size()));
            }
            Pause.millis(10);
        }
    }
}
