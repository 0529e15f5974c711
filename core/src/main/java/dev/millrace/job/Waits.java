package dev.millrace.job;

import java.time.Duration;
import java.time.Instant;

/** The bounds on waits (zero to 365 days) and moments (year 1970 to 9999) a caller may ask for. */
final class Waits {
    static final Duration MAX = Duration.ofDays(365);
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    private Waits() {}

    static Duration check(String what, Duration wait) {
        if (wait.isNegative() || wait.compareTo(MAX) > 0) {
            throw MillraceException.invalid(
                    "%s must be 0s to 365 days, got %s".formatted(what, wait));
        }
        return wait;
    }

    static Instant check(String what, Instant at) {
        if (at.isBefore(Instant.EPOCH) || at.isAfter(LAST)) {
            throw MillraceException.invalid(
                    "%s must lie between %s and %s, got %s; nothing was accepted"
                            .formatted(what, Instant.EPOCH, LAST, at));
        }
        return at;
    }
}
