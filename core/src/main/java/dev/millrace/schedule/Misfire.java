package dev.millrace.schedule;

import dev.millrace.job.MillraceException;

import java.time.Duration;

/**
 * What becomes of ticks that nobody was there to enqueue: the store was away, or no process ran. A
 * tick counts as missed once it is more than {@link #GRACE} late; until then it is only late, and
 * its job is enqueued. Ticks during a pause are not missed, they are left out.
 */
public sealed interface Misfire {
    /** How late a tick may be without counting as missed. */
    Duration GRACE = Duration.ofSeconds(15);

    /** Missed ticks are left out. */
    static Misfire skip() {
        return new Skip();
    }

    /** One job for all that were missed. */
    static Misfire runOnce() {
        return new RunOnce();
    }

    /** A job for each that was missed within the window. */
    static Misfire catchUp(Duration window) {
        return new CatchUp(window);
    }

    /** Missed ticks are left out. */
    record Skip() implements Misfire {}

    /**
     * One job stands for all that were missed, under the moment of the first; none when another
     * tick is due at the same time. The default.
     */
    record RunOnce() implements Misfire {}

    /**
     * A job for each tick that was missed within the window, the oldest first; older ones are left
     * out.
     *
     * @param window 1 s to 366 days
     */
    record CatchUp(Duration window) implements Misfire {
        /** Checks the bounds. */
        public CatchUp {
            if (window.compareTo(Duration.ofSeconds(1)) < 0 || window.compareTo(When.LONGEST) > 0) {
                throw MillraceException.invalid(
                        "the window of a catch-up must be 1s to %d days, got %s; nothing was"
                                        .formatted(When.LONGEST.toDays(), window)
                                + " scheduled");
            }
        }
    }
}
