package dev.millrace.testkit.contract;

import dev.millrace.limit.Admitter;
import dev.millrace.store.JobStore;
import dev.millrace.store.LimitStore;

import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/** One who holds the lease that admits, moved by a test, one round at a time. */
public final class Doorman {
    private final Admitter admitter;
    private final long epoch;

    Doorman(Bench bench, JobStore store, String name) {
        var seen = store.leases().look(LimitStore.LEASE);
        this.epoch = store.leases().take(LimitStore.LEASE, name, seen, bench.tick()).epoch();
        this.admitter =
                new Admitter(
                        store,
                        () -> OptionalLong.of(epoch),
                        bench.clock(),
                        () -> bench.tick().toEpochMilli() * 1_000_000,
                        RandomGenerator.of("L64X128MixRandom"));
    }

    /** In which epoch it holds, or held, the lease. */
    public long epoch() {
        return epoch;
    }

    /** One round; answers how many it moved. */
    public int round() {
        return admitter.round();
    }

    /** Rounds until nothing moves; answers how many it moved. */
    public int all() {
        int moved = 0;
        for (int i = 0; i < 10_000; i++) {
            int step = admitter.round();
            moved += step;
            if (step == 0) {
                return moved;
            }
        }
        throw new AssertionError("admitting did not come to an end");
    }
}
