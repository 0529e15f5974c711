package dev.millrace.examples.reminders;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that runs so many times as fast as the system's, so that days can be watched. */
final class HurriedClock extends Clock {
    private final Instant start;
    private final long startNanos;
    private final long factor;

    HurriedClock(Instant start, long factor) {
        this(start, System.nanoTime(), factor);
    }

    private HurriedClock(Instant start, long startNanos, long factor) {
        this.start = start;
        this.startNanos = startNanos;
        this.factor = factor;
    }

    @Override
    public Instant instant() {
        return start.plus(Duration.ofNanos(System.nanoTime() - startNanos).multipliedBy(factor));
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
