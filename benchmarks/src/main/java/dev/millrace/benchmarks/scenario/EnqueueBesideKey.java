package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.time.Duration;
import java.util.Set;

/** Plain enqueue while a caller's transaction that took a unique key stays open. */
public record EnqueueBesideKey(int callers) implements Scenario {
    @Override
    public String name() {
        return "enqueue-beside-key-" + callers;
    }

    @Override
    public String explains() {
        return callers
                + " threads enqueue plain jobs while a transaction that enqueued a job with a"
                + " unique key stays open for the whole run; compare with enqueue-"
                + callers
                + ".";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.ENQUEUE, Offer.KEY_IN_TRANSACTION);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        return rig.measure(
                contender,
                place -> {
                    var duration = Duration.ofSeconds(rig.options().seconds());
                    try (var session = contender.open(place, callers);
                            var pool = place.pool(1);
                            var held = pool.getConnection()) {
                        Callers.run(callers, Duration.ofSeconds(1), session::enqueue, 0);
                        held.setAutoCommit(false);
                        session.holdKey(held, "held");
                        var result =
                                Callers.run(callers, duration, session::enqueue, 1_000_000_000L);
                        held.rollback();
                        return new Figures()
                                .put("jobs/s", result.calls() / (double) duration.toSeconds())
                                .percentiles(result.nanos());
                    }
                });
    }
}
