package dev.millrace.chaos;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The wall clock of a machine whose time is set by hand now and then. Thread-safe. */
final class JumpingClock extends Clock {
    private volatile long offsetMillis;

    void set(long newOffsetMillis) {
        offsetMillis = newOffsetMillis;
    }

    @Override
    public Instant instant() {
        return Instant.now().plusMillis(offsetMillis);
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
