package dev.millrace.job;

import java.time.Instant;

/**
 * A step that a job has done, with its result; it is not done again.
 *
 * @param place its place in the order in which the job's steps were recorded, 1 for the first
 * @param name its name, once per job
 * @param result JSON text
 * @param tries how often its body was called until it returned
 * @param at when it was done
 */
public record StepRecord(int place, String name, String result, int tries, Instant at) {
    /** The most steps of one job. */
    public static final int MAX_STEPS = 10_000;
}
