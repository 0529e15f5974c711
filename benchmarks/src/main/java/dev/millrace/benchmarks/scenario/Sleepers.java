package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Child;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.io.IOException;
import java.util.Set;

/** All jobs asleep at the same time in one process with a heap of 512 MB. */
public record Sleepers() implements Scenario {
    private static final long LIMIT_SECONDS = 180;

    @Override
    public String name() {
        return "sleepers";
    }

    @Override
    public String explains() {
        return "One worker process with "
                + Child.HEAP
                + " runs all stored jobs at once, each blocked in its body; what its resident"
                + " memory grew by from idle until all slept, per job.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.WORK, Offer.BULK, Offer.SLEEP_100K);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var jobs = rig.options().sleepers();
        return rig.measure(contender, place -> asleep(contender, rig, place, jobs));
    }

    private static Figures asleep(Contender contender, Rig rig, Place place, int jobs)
            throws Exception {
        long idle;
        try (var child = rig.child(contender, place, jobs, "park")) {
            Pause.millis(1_000);
            idle = child.residentBytes();
        }
        Drain.fill(contender, place, jobs);
        var before = System.nanoTime();
        try (var child = rig.child(contender, place, jobs, "park")) {
            awaitStarted(child, jobs);
            var seconds = (System.nanoTime() - before) / 1e9;
            Pause.millis(2_000);
            var resident = child.residentBytes();
            return new Figures()
                    .put("resident B/job", (double) (resident - idle) / jobs)
                    .put("resident MB", resident / 1e6)
                    .put("idle MB", idle / 1e6)
                    .put("s until all slept", seconds)
                    .put("jobs", jobs);
        }
    }

    private static void awaitStarted(Child child, int jobs) throws IOException {
        var deadline = System.nanoTime() + LIMIT_SECONDS * 1_000_000_000L;
        for (var progress = child.progress();
                progress.started() < jobs;
                progress = child.progress()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "expected %d jobs asleep at once within %d s, got %d"
                                .formatted(jobs, LIMIT_SECONDS, progress.started()));
            }
            Pause.millis(100);
        }
    }
}
