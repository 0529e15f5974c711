package dev.millrace.loop;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Waits that double from {@code first} to {@code largest} while failures repeat, each drawn from
 * its upper half so that many processes do not return at once. Not thread-safe: one loop owns it.
 */
public final class Backoff {
    private final long firstMillis;
    private final long largestMillis;
    private final RandomGenerator random;
    private long nextMillis;

    /**
     * A backoff at its start.
     *
     * @param first the bound of the first wait, at least 1 ms
     * @param largest the largest bound
     */
    public Backoff(Duration first, Duration largest, RandomGenerator random) {
        this.firstMillis = Math.max(1, first.toMillis());
        this.largestMillis = Math.max(firstMillis, largest.toMillis());
        this.random = random;
        this.nextMillis = firstMillis;
    }

    /** The wait after one more failure. */
    public Duration next() {
        long bound = nextMillis;
        nextMillis = Math.min(largestMillis, bound * 2);
        return Duration.ofMillis(bound - random.nextLong(bound / 2 + 1));
    }

    /** Waits as long as {@link #next} says, on the calling thread. */
    public void pause() throws InterruptedException {
        // the one place where the engine's loops sleep: nothing signals the end of an outage
        Thread.sleep(next());
    }

    /** Something succeeded: the next wait is the first again. */
    public void reset() {
        nextMillis = firstMillis;
    }
}
