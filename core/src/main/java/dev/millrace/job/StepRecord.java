package dev.millrace.job;

import java.time.Instant;

/**
 * A step that a job has done, with its result; it is not done again.
 *
 * @param place its place in the order in which the handler's own thread asked for steps, 1 for the
 *     first; those of other threads have no order and count from {@value #BESIDE} on
 * @param name its name, once per job
 * @param result JSON text
 * @param tries how often its body was called until it returned
 * @param at when it was done
 */
public record StepRecord(int place, String name, String result, int tries, Instant at) {
    /** The most steps of one job. */
    public static final int MAX_STEPS = 10_000;

    /** From here on count the places of steps that other threads than the handler's own did. */
    public static final int BESIDE = 1_000_000;

    /** Whether its place among the others says when it was asked for. */
    public boolean isInOrder() {
        return place < BESIDE;
    }
}
