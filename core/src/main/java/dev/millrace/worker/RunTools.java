package dev.millrace.worker;

import dev.millrace.job.JobRequest;
import dev.millrace.job.Json;
import dev.millrace.store.NewJob;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * What running a job needs besides its handler.
 *
 * @param json writes and reads what is stored
 * @param clock the time kept with jobs
 * @param random where the jitter of retries comes from; must be thread-safe
 * @param maxResultBytes the largest result kept, in bytes of JSON
 * @param watchdog interrupts handlers that take too long
 * @param reporter writes what jobs report
 * @param encoder makes a job of a request, with an id of its own, not yet accepted
 */
public record RunTools(
        Json json,
        Clock clock,
        RandomGenerator random,
        int maxResultBytes,
        Watchdog watchdog,
        Reporter reporter,
        Function<JobRequest<?>, NewJob> encoder) {
    /** The time, as precisely as stores keep it. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
