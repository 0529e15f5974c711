package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Ledger;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.util.Set;
import java.util.stream.LongStream;

/** One worker that runs a store full of jobs which do nothing. */
public record Drain() implements Scenario {
    private static final long LIMIT_SECONDS = 600;

    @Override
    public String name() {
        return "drain";
    }

    @Override
    public String explains() {
        return "One worker runs jobs that do nothing, stored beforehand; the clock runs from the"
                + " first job's start until every job ran exactly once and none is left unfinished"
                + " in the store. Costs include the worker's start.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.WORK, Offer.BULK);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var jobs = contender.share(rig.options().jobs());
        warmUp(contender, rig, jobs);
        var place = rig.place(contender);
        rig.settle(place);
        try {
            fill(contender, place, jobs);
            return drain(contender, rig, place, jobs);
        } finally {
            rig.discard(place);
        }
    }

    /** Drains a fifth of the jobs once per process and contender, for the compiler's sake. */
    static void warmUp(Contender contender, Rig rig, int jobs) throws Exception {
        if (rig.firstTime("drain " + contender.name())) {
            var few = Math.max(1, jobs / 5);
            var place = rig.place(contender);
            try {
                fill(contender, place, few);
                drain(contender, rig, place, few);
            } finally {
                rig.discard(place);
            }
        }
    }

    static void fill(Contender contender, Place place, int jobs) throws Exception {
        try (var session = contender.open(place, 1)) {
            session.enqueueAll(LongStream.range(0, jobs));
            var stored = session.unfinished();
            if (stored != jobs) {
                throw new IllegalStateException(
                        "expected %d stored jobs, got %d".formatted(jobs, stored));
            }
        }
    }

    static Figures drain(Contender contender, Rig rig, Place place, int jobs) throws Exception {
        var ledger = new Ledger(jobs);
        var meter = rig.meter(place);
        double seconds;
        try (var session = contender.open(place, 1)) {
            meter.start();
            try (var running = session.work(contender.drainSlots(), ledger)) {
                ledger.await(LIMIT_SECONDS);
                var deadline = System.nanoTime() + 30_000_000_000L;
                while (session.unfinished() > 0) {
                    if (System.nanoTime() > deadline) {
                        throw new IllegalStateException(
                                "expected no unfinished job, got " + session.unfinished());
                    }
                    Pause.millis(5);
                }
                seconds = (System.nanoTime() - ledger.firstNanos()) / 1e9;
                meter.stop();
            }
        }
        ledger.requireOnce();
        return new Figures()
                .put("jobs/s", jobs / seconds)
                .put("jobs", jobs)
                .putAll(meter.figures(jobs));
    }
}
