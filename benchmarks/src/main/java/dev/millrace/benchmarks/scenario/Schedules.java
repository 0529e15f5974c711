package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.BenchServer;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.time.Duration;
import java.util.Set;

/** What a leader costs, and how punctual it is, with very many schedules. */
public record Schedules() implements Scenario {
    private static final int SLOTS = 10;
    private static final int SETTLE_MILLIS = 8_000;

    @Override
    public String name() {
        return "schedules";
    }

    @Override
    public String explains() {
        return "A million (--backlog) schedules that tick once a year, and a worker process that"
                + " leads: the share of a core it and the server use while nothing is due, watched"
                + " for twice --seconds; then --samples ticks over as many hundredths of a second:"
                + " from a tick's moment to when its job is made, just before the commit that"
                + " accepts it, and to when its job starts.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.SCHEDULES, Offer.PICKUP);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        int count = rig.options().backlog();
        var place =
                rig.copied(
                        name() + " " + contender.name(),
                        contender,
                        template -> {
                            try (var session = contender.open(template, 1)) {
                                session.yearly(count);
                            }
                        });
        rig.settle(place);
        try (var child = rig.child(contender, place, SLOTS, "sleep:1")) {
            Pause.millis(SETTLE_MILLIS);
            var idle = new Figures();
            var server = place.engine() == Engine.POSTGRES ? rig.server() : null;
            long serverCpu = server == null ? 0 : micros(server);
            long cpu = child.cpuMicros();
            long began = System.nanoTime();
            Pause.millis(rig.options().seconds() * 2_000L);
            long nanos = System.nanoTime() - began;
            idle.put("idle leader % of a core", (child.cpuMicros() - cpu) * 1e5 / nanos);
            if (server != null) {
                idle.put("idle server % of a core", (micros(server) - serverCpu) * 1e5 / nanos);
            }
            return delays(contender, place, rig).putAll(idle);
        } finally {
            rig.discard(place);
        }
    }

    private static long micros(BenchServer server) {
        return server.cpuMicros().orElse(0);
    }

    private static Figures delays(Contender contender, Place place, Rig rig) throws Exception {
        int ticks = rig.options().samples();
        try (var session = contender.open(place, 1)) {
            var late = session.tickDelays(ticks, Duration.ofMillis(ticks * 10L));
            return new Figures()
                    .percentiles("made ", late.made())
                    .percentiles("started ", late.started());
        }
    }
}
