package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;
import dev.millrace.benchmarks.harness.SelfTimed;
import dev.millrace.benchmarks.harness.Session;

import java.time.Duration;
import java.util.Set;

/**
 * Threads that enqueue one job after another, each waiting for its own durable receipt.
 *
 * @param virtual whether they are virtual threads, as those of a server's requests are
 */
public record Enqueue(int callers, boolean virtual) implements Scenario {
    /** Compiling goes on for seconds and takes processor time from the server until then. */
    private static final int WARM_UP_SECONDS = 5;

    @Override
    public String name() {
        return "enqueue-" + callers + (virtual ? "-virtual" : "");
    }

    @Override
    public String explains() {
        return callers
                + (virtual ? " virtual" : "")
                + (callers == 1 ? " thread enqueues" : " threads enqueue")
                + " one job after another, each call waiting until its job is durable; after a"
                + " warm-up"
                + " of %d s the calls of some seconds are counted, then the stored jobs."
                        .formatted(WARM_UP_SECONDS);
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.ENQUEUE);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var place = rig.place(contender);
        rig.settle(place);
        var seconds = rig.options().seconds();
        try {
            if (contender instanceof SelfTimed timed) {
                var rate = timed.enqueueRate(place, callers, Duration.ofSeconds(seconds));
                return new Figures().put("jobs/s", rate);
            }
            return measured(contender, rig, place);
        } finally {
            rig.discard(place);
        }
    }

    private Figures measured(Contender contender, Rig rig, Place place) throws Exception {
        var seconds = rig.options().seconds();
        var kind = (virtual ? Thread.ofVirtual() : Thread.ofPlatform()).factory();
        try (var session = contender.open(place, callers)) {
            var warmUp =
                    Callers.run(
                            kind,
                            callers,
                            Duration.ofSeconds(WARM_UP_SECONDS),
                            session::enqueue,
                            0);
            requireStored(session, warmUp.calls());
        }
        var meter = rig.meter(place);
        Callers.Result result;
        long stored;
        try (var session = contender.open(place, callers)) {
            var before = session.unfinished();
            meter.start();
            result =
                    Callers.run(
                            kind,
                            callers,
                            Duration.ofSeconds(seconds),
                            session::enqueue,
                            1_000_000_000L);
            meter.stop();
            stored = session.unfinished() - before;
        }
        if (stored != result.calls()) {
            throw new IllegalStateException(
                    "expected %d stored jobs, got %d".formatted(result.calls(), stored));
        }
        return new Figures()
                .put("jobs/s", result.calls() / meter.seconds())
                .percentiles(result.nanos())
                .putAll(meter.figures(result.calls()));
    }

    private static void requireStored(Session session, long calls) throws Exception {
        var stored = session.unfinished();
        if (stored != calls) {
            throw new IllegalStateException(
                    "expected %d stored jobs after warm-up, got %d".formatted(calls, stored));
        }
    }
}
