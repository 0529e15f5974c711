package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.util.Set;
import java.util.stream.LongStream;

/** One thread that enqueues a stream of jobs by the contender's own way for many. */
public record Bulk() implements Scenario {
    @Override
    public String name() {
        return "bulk";
    }

    @Override
    public String explains() {
        return "One thread enqueues a stream of jobs by the contender's own way for many and waits"
                + " until all are durable.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.BULK);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var jobs = contender.share(rig.options().jobs());
        if (rig.firstTime(name() + contender.name())) {
            once(contender, rig, Math.max(1, jobs / 5));
        }
        return once(contender, rig, jobs);
    }

    private static Figures once(Contender contender, Rig rig, int jobs) throws Exception {
        var place = rig.place(contender);
        rig.settle(place);
        try {
            var meter = rig.meter(place);
            try (var session = contender.open(place, 1)) {
                meter.start();
                session.enqueueAll(LongStream.range(0, jobs));
                meter.stop();
                var stored = session.unfinished();
                if (stored != jobs) {
                    throw new IllegalStateException(
                            "expected %d stored jobs, got %d".formatted(jobs, stored));
                }
            }
            return new Figures()
                    .put("jobs/s", jobs / meter.seconds())
                    .put("jobs", jobs)
                    .putAll(meter.figures(jobs));
        } finally {
            rig.discard(place);
        }
    }
}
