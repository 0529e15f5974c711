package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.time.Duration;
import java.util.Set;

/** Threads that enqueue jobs with a unique key each; compare with plain enqueue. */
public record EnqueueUnique(int callers) implements Scenario {
    @Override
    public String name() {
        return "unique-" + callers;
    }

    @Override
    public String explains() {
        return callers
                + " threads enqueue one job after another, each with a unique key of its own that"
                + " no other holds; compare with enqueue-"
                + callers
                + ".";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.UNIQUE);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        return rig.measure(
                contender,
                place -> {
                    var duration = Duration.ofSeconds(rig.options().seconds());
                    try (var session = contender.open(place, callers)) {
                        Callers.run(callers, Duration.ofSeconds(1), session::enqueueUnique, 0);
                        long before = session.unfinished();
                        var result =
                                Callers.run(
                                        callers, duration, session::enqueueUnique, 1_000_000_000L);
                        long stored = session.unfinished() - before;
                        if (stored != result.calls()) {
                            throw new IllegalStateException(
                                    "expected %d stored jobs, got %d"
                                            .formatted(result.calls(), stored));
                        }
                        return new Figures()
                                .put("jobs/s", result.calls() / (double) duration.toSeconds())
                                .percentiles(result.nanos());
                    }
                });
    }
}
