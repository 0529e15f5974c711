package dev.millrace.testkit;

import java.util.random.RandomGenerator;

/** Seeds of tests that draw at random: printed, so that a failure can be repeated. */
public final class Seeds {
    /** Set it to repeat a run: {@code -Dmillrace.seed=N}. */
    public static final String PROPERTY = "millrace.seed";

    private Seeds() {}

    /**
     * The seed of a run: the property's, or a fresh one. Printed to standard output.
     *
     * @param what which test draws
     */
    @SuppressWarnings("SystemOut")
    public static long draw(String what) {
        long seed = Long.getLong(PROPERTY, RandomGenerator.getDefault().nextLong(1L << 48));
        System.out.println(
                what + ": seed " + seed + " (repeat with -D" + PROPERTY + "=" + seed + ")");
        return seed;
    }
}
