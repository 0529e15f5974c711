package dev.millrace.job;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;

/**
 * Tries a call again by a {@link RetryPolicy}, in place: the calling thread sleeps between the
 * tries. For calls within a handler; an attempt of the job itself is retried by its worker.
 */
public final class Retries {
    private Retries() {}

    /**
     * What came of it.
     *
     * @param value what the call returned
     * @param tries how often it was called
     */
    public record Tried<R>(R value, int tries) {}

    /**
     * Calls until it returns or the policy's attempts are used up. Errors, interrupts and {@link
     * RetryNever} are not tried again. A {@link RetryLater} waits as long as it says, in place of
     * the policy's wait.
     *
     * @param random where the jitter comes from
     * @throws Exception what the last call threw; {@link InterruptedException} when interrupted
     */
    public static <R> Tried<R> call(RetryPolicy policy, RandomGenerator random, Callable<R> body)
            throws Exception {
        for (int attempt = 1; ; attempt++) {
            try {
                return new Tried<>(body.call(), attempt);
            } catch (InterruptedException | RetryNever e) {
                throw e;
            } catch (Exception e) {
                if (attempt >= policy.maxAttempts()) {
                    throw e;
                }
                Duration wait =
                        e instanceof RetryLater later
                                ? later.delay()
                                : policy.waitAfter(attempt, random);
                pause(wait);
            }
        }
    }

    /** Waits as a handler does between two tries: the calling thread, for so long. */
    public static void pause(Duration wait) throws InterruptedException {
        // a handler's own wait: nobody signals when its next try makes sense
        Thread.sleep(wait);
    }
}
