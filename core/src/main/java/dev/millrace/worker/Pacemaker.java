package dev.millrace.worker;

import dev.millrace.job.Progress;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;

/**
 * Works out how fast a job comes on: an average over the time past in which a moment counts e times
 * less for each {@value #WINDOW_SECONDS} s that it lies back. Used under its owner's lock.
 */
final class Pacemaker {
    private static final double WINDOW_SECONDS = 30;

    private @Nullable Instant last;
    private long lastDone;
    private double units;
    private double seconds;

    Progress at(long done, long total, @Nullable String message, Instant now) {
        if (last == null || done < lastDone) {
            units = 0;
            seconds = 0;
        } else if (now.isAfter(last)) {
            double passed = Duration.between(last, now).toNanos() / 1e9;
            double kept = Math.exp(-passed / WINDOW_SECONDS);
            units = units * kept + (done - lastDone);
            seconds = seconds * kept + passed;
        } else {
            // within one tick of the clock: what was done since counts with the next one
            return new Progress(done, total, message, rate(), now);
        }
        last = now;
        lastDone = done;
        return new Progress(done, total, message, rate(), now);
    }

    private double rate() {
        return seconds > 0 ? units / seconds : 0;
    }
}
