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

import java.util.Set;

/** What a worker costs that has nothing to do. */
public record Idle() implements Scenario {
    private static final int SLOTS = 10;
    private static final int SETTLE_MILLIS = 8_000;

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public String explains() {
        return "A worker process with nothing to do, left alone for "
                + SETTLE_MILLIS / 1000
                + " s and then watched for four times --seconds: statements it sends per second"
                + " (PostgreSQL) and the share of a core it and the server use.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.PICKUP);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        return rig.measure(
                contender,
                place -> {
                    if (place.engine() == Engine.POSTGRES) {
                        rig.server().countStatements(place);
                    }
                    return watched(contender, rig, place);
                });
    }

    private static Figures watched(Contender contender, Rig rig, Place place) throws Exception {
        try (var child = rig.child(contender, place, SLOTS, "report")) {
            Pause.millis(SETTLE_MILLIS);
            var figures = new Figures();
            var cpu = child.cpuMicros();
            var began = System.nanoTime();
            if (place.engine() == Engine.SQLITE) {
                Pause.millis(rig.options().seconds() * 4_000L);
                var nanos = System.nanoTime() - began;
                return figures.put("worker % of a core", (child.cpuMicros() - cpu) * 1e5 / nanos);
            }
            BenchServer server = rig.server();
            var statements = server.statements(place);
            var serverCpu = server.cpuMicros();
            Pause.millis(rig.options().seconds() * 4_000L);
            var nanos = System.nanoTime() - began;
            figures.put("statements/s", (server.statements(place) - statements) * 1e9 / nanos);
            figures.put("worker % of a core", (child.cpuMicros() - cpu) * 1e5 / nanos);
            if (serverCpu.isPresent()) {
                var micros = server.cpuMicros().orElseThrow() - serverCpu.getAsLong();
                figures.put("server % of a core", micros * 1e5 / nanos);
            }
            return figures;
        }
    }
}
