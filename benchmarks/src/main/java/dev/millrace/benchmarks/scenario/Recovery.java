package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Child;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.NotReached;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.util.Set;

/** A worker process is killed with a hundred jobs running; another takes them over. */
public record Recovery() implements Scenario {
    private static final int JOBS = 100;
    private static final long START_SECONDS = 60;

    @Override
    public String name() {
        return "recovery";
    }

    @Override
    public String explains() {
        return "A worker process is ended by kill -9 with 100 jobs running while another process"
                + " idles; the time until each of the jobs runs again there (median and all).";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.RECOVERY);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var limit = rig.options().recoverySeconds();
        return rig.measure(contender, place -> killed(contender, rig, place, limit));
    }

    private static Figures killed(Contender contender, Rig rig, Place place, int limitSeconds)
            throws Exception {
        Drain.fill(contender, place, JOBS);
        try (var first = rig.child(contender, place, JOBS, "report-park")) {
            await(first, START_SECONDS);
            try (var second = rig.child(contender, place, JOBS, "report-park")) {
                Pause.millis(2_000);
                if (!second.startedNanos().isEmpty()) {
                    throw new IllegalStateException(
                            "expected no job to start elsewhere while its worker lived, got "
                                    + second.startedNanos().size());
                }
                var killed = System.nanoTime();
                first.kill();
                awaitAgain(second, limitSeconds);
                var sorted =
                        second.startedNanos().values().stream()
                                .mapToLong(nanos -> nanos - killed)
                                .sorted()
                                .toArray();
                return new Figures()
                        .put("s until all run again", sorted[JOBS - 1] / 1e9)
                        .put("median s", sorted[JOBS / 2] / 1e9)
                        .put("first s", sorted[0] / 1e9);
            }
        }
    }

    private static void awaitAgain(Child second, int limitSeconds) {
        try {
            await(second, limitSeconds);
        } catch (IllegalStateException e) {
            throw new NotReached(
                    "not within %d s (%d of %d)"
                            .formatted(limitSeconds, second.startedNanos().size(), JOBS));
        }
    }

    private static void await(Child child, long seconds) {
        var deadline = System.nanoTime() + seconds * 1_000_000_000L;
        while (child.startedNanos().size() < JOBS) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "expected %d jobs to run within %d s, got %d"
                                .formatted(JOBS, seconds, child.startedNanos().size()));
            }
            Pause.millis(10);
        }
    }
}
