package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.util.Set;
import java.util.stream.LongStream;

/**
 * The drain of a fifth of the jobs with a limit of ten on each of a thousand keys, one of which is
 * full and has 100,000 jobs waiting.
 *
 * @param keyed whether the jobs drained have the other keys, or none
 */
public record DrainBesideFullKey(boolean keyed) implements Scenario {
    private static final int KEYS = 1_000;
    private static final int PER_KEY = 10;
    private static final int WAITING = 100_000;

    @Override
    public String name() {
        return keyed ? "keyed-beside-full-key" : "beside-full-key";
    }

    @Override
    public String explains() {
        return "A fifth of the drain's jobs "
                + (keyed ? "of 999 keys with room" : "without keys")
                + ", with a limit of 10 on each of 1,000 keys, one of which is full and has 100,000"
                + " jobs waiting; beside-nothing is the rate to compare with.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.WORK, Offer.BULK, Offer.KEY_LIMITS);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var jobs = Math.max(1, contender.share(rig.options().jobs()) / 5);
        Drain.warmUp(contender, rig, jobs);
        var place =
                rig.copied(
                        name() + " " + contender.name(),
                        contender,
                        template -> {
                            try (var session = contender.open(template, 1)) {
                                session.limitKeys(PER_KEY);
                                session.blockKey(WAITING);
                            }
                        });
        rig.settle(place);
        try {
            if (keyed) {
                try (var session = contender.open(place, 1)) {
                    session.enqueueKeyed(LongStream.range(0, jobs), KEYS - 1);
                }
            } else {
                Drain.fill(contender, place, jobs);
            }
            return Drain.drain(contender, rig, place, jobs);
        } finally {
            rig.discard(place);
        }
    }
}
