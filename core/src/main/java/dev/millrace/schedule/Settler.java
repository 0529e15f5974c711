package dev.millrace.schedule;

import dev.millrace.store.JobStore;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * Ends waiting jobs whose time to live has passed, and those that somebody asked to cancel while
 * they ran and that wait again; at most 1,000 in a step. Asks the store only when something is due,
 * as {@link Promoter} does. Runs in every worker process. Thread-safe.
 */
public final class Settler {
    private static final int STEP = 1_000;

    private final DueLoop loop;

    /** A settler that is not started. */
    public Settler(JobStore store, Clock clock, RandomGenerator random) {
        this.loop =
                new DueLoop(
                        "millrace-settler", clock, random, now -> store.settle(now, STEP).next());
    }

    /** Begins to settle, with a look at what is due already. */
    public void start() {
        loop.start();
    }

    /** Ends after the step under way. */
    public void stop(Duration patience) throws InterruptedException {
        loop.stop(patience);
    }

    /** Something is due at this moment; cheap when something earlier is known. */
    public void due(Instant at) {
        loop.due(at);
    }
}
