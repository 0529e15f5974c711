package dev.millrace.schedule;

import dev.millrace.store.JobStore;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * Makes delayed jobs available when they are due, at most 1,000 in a step. Asks the store only when
 * something is due: it learns the time of the next job from its own steps, from every pulse, and
 * from jobs that this process delayed itself. Runs in every worker process. Thread-safe.
 */
public final class Promoter {
    private static final int STEP = 1_000;

    private final DueLoop loop;

    /** A promoter that is not started. */
    public Promoter(JobStore store, Clock clock, RandomGenerator random) {
        this.loop =
                new DueLoop(
                        "millrace-promoter",
                        clock,
                        random,
                        now -> store.promote(now, STEP).nextDue());
    }

    /** Begins to promote, with a look at what is due already. */
    public void start() {
        loop.start();
    }

    /** Ends after the step under way. */
    public void stop(Duration patience) throws InterruptedException {
        loop.stop(patience);
    }

    /** A job is due at this moment; cheap when an earlier one is known. */
    public void due(Instant at) {
        loop.due(at);
    }
}
