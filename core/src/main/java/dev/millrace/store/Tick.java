package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A tick about to happen.
 *
 * @param at its moment, to the microsecond; a schedule ticks once at each
 * @param job what it enqueues, without keys that it would hold; {@code null} when it is passed over
 * @param triggered whether somebody asked for it
 */
public record Tick(Instant at, @Nullable NewJob job, boolean triggered) {
    /** Refuses a job that may turn out to be a duplicate. */
    public Tick {
        if (job != null && job.isKeyed()) {
            throw new IllegalArgumentException("a tick's job holds no keys, got " + job.holds());
        }
    }
}
