package dev.millrace.job;

import java.time.Duration;

/** The one bound on every wait a caller may ask for: zero to 365 days. */
final class Waits {
    static final Duration MAX = Duration.ofDays(365);

    private Waits() {}

    static Duration check(String what, Duration wait) {
        if (wait.isNegative() || wait.compareTo(MAX) > 0) {
            throw MillraceException.invalid(
                    "%s must be 0s to 365 days, got %s".formatted(what, wait));
        }
        return wait;
    }
}
