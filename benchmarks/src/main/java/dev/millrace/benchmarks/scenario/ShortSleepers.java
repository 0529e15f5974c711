package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Child;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.util.Set;

/** Jobs of 200 ms, ten thousand at once, in one process with a heap of 512 MB. */
public record ShortSleepers() implements Scenario {
    private static final int SLOTS = 10_000;
    private static final int MILLIS = 200;
    private static final long LIMIT_SECONDS = 300;

    @Override
    public String name() {
        return "sleepers-200ms";
    }

    @Override
    public String explains() {
        return "One worker process with "
                + Child.HEAP
                + " runs stored jobs that sleep 200 ms each, at most 10,000 at once; from the first"
                + " start to the last end.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.WORK, Offer.BULK, Offer.SLEEP_10K);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var jobs = contender.share(rig.options().jobs());
        return rig.measure(contender, place -> measured(contender, rig, place, jobs));
    }

    private static Figures measured(Contender contender, Rig rig, Place place, int jobs)
            throws Exception {
        Drain.fill(contender, place, jobs);
        try (var child = rig.child(contender, place, SLOTS, "sleep:" + MILLIS)) {
            var deadline = System.nanoTime() + LIMIT_SECONDS * 1_000_000_000L;
            var progress = child.progress();
            while (progress.ended() < jobs) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "expected %d jobs to end within %d s, got %d"
                                    .formatted(jobs, LIMIT_SECONDS, progress.ended()));
                }
                Pause.millis(50);
                progress = child.progress();
            }
            var seconds = (progress.lastNanos() - progress.firstNanos()) / 1e9;
            return new Figures()
                    .put("jobs/s", progress.ended() / seconds)
                    .put("jobs", jobs)
                    .put("resident MB", child.residentBytes() / 1e6)
                    .put("cpu us/job", (double) child.cpuMicros() / jobs);
        }
    }
}
