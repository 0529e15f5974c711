package dev.millrace.schedule;

/**
 * What becomes of local times that a change of the clocks leaves out, or has twice.
 *
 * @param gap of times that do not exist on that day
 * @param overlap of times that come twice on that day
 */
public record Dst(Gap gap, Overlap overlap) {
    /**
     * For expressions of certain hours, and their default: nothing is left out and nothing done
     * twice.
     */
    public static final Dst FIXED = new Dst(Gap.RUN_AFTER, Overlap.ONCE);

    /** For expressions of every hour, and their default: ticks keep their distance in real time. */
    public static final Dst STEADY = new Dst(Gap.SKIP, Overlap.TWICE);

    /** Of local times that do not exist. */
    public enum Gap {
        /** There is no tick. */
        SKIP,
        /** One tick at the first moment after the gap, however many fell into it. */
        RUN_AFTER
    }

    /** Of local times that come twice. */
    public enum Overlap {
        /** A tick the first time only. */
        ONCE,
        /** A tick each time. */
        TWICE
    }
}
