package dev.millrace.sqlite;

/**
 * What claims choose by: a small number for a queue, a kind and a version.
 *
 * @param gate {@link #OPEN}, {@link #GATE} or {@link #ADMITTED}
 */
record Lane(int id, String queue, String kind, int version, int gate) {
    /** Where jobs without keys wait. */
    static final int OPEN = 0;

    /** Where jobs with keys enter; no claim looks there. */
    static final int GATE = 1;

    /** Where jobs with keys wait that limits have let through. */
    static final int ADMITTED = 2;

    /** Whether claims look there. */
    boolean isClaimed() {
        return gate != GATE;
    }
}
