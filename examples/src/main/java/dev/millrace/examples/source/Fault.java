package dev.millrace.examples.source;

import java.util.SplittableRandom;

/** What goes wrong with an answer. */
enum Fault {
    /** Nothing. */
    NONE,
    /** Status 500. */
    BROKEN,
    /** Status 503 with Retry-After. */
    DOWN,
    /** Status 429 with Retry-After. */
    TOO_MANY,
    /** It comes after a quarter of a second. */
    SLOW,
    /** The connection ends in the middle of the body. */
    CUT,
    /** Nothing comes for longer than anybody waits. */
    STALLED;

    /**
     * Decided by the seed, the page and how often that was asked for. Of a thousand answers 20 are
     * broken, 5 down, 5 too many, 20 slow, 20 cut and 2 stalled.
     */
    static Fault of(long seed, long after, int time) {
        long mixed = (seed * 31 + after) * 0x9E3779B97F4A7C15L + time * 0xD1B54A32D192ED03L;
        int lot = new SplittableRandom(mixed).nextInt(1_000);
        if (lot < 20) {
            return BROKEN;
        }
        if (lot < 30) {
            return lot < 25 ? DOWN : TOO_MANY;
        }
        if (lot < 70) {
            return lot < 50 ? SLOW : CUT;
        }
        return lot < 72 ? STALLED : NONE;
    }
}
