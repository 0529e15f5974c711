package dev.millrace.sqlite;

import java.time.Instant;

/** Moments as the file keeps them: whole microseconds since 1970. */
final class Moments {
    private static final long FURTHEST_SECONDS = 9_000_000_000_000L;

    private Moments() {}

    /** Rounded down to the microsecond; moments that do not fit become the furthest that do. */
    static long micros(Instant moment) {
        long seconds = moment.getEpochSecond();
        if (seconds > FURTHEST_SECONDS) {
            return FURTHEST_SECONDS * 1_000_000;
        }
        if (seconds < -FURTHEST_SECONDS) {
            return -FURTHEST_SECONDS * 1_000_000;
        }
        return seconds * 1_000_000 + moment.getNano() / 1000;
    }

    static Instant instant(long micros) {
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000L);
    }
}
