package dev.millrace.testkit.model;

/**
 * How much may happen in one world. Every number multiplies the states to be visited.
 *
 * @param jobs jobs ever enqueued
 * @param processes worker processes; each may be started again after it died
 * @param lostAnswers calls that take effect without their answer arriving
 * @param deaths processes killed
 * @param freezes processes frozen for longer than a lease
 * @param failures attempts that fail and are tried again
 * @param returns unstarted jobs given back
 */
public record Limits(
        int jobs,
        int processes,
        int lostAnswers,
        int deaths,
        int freezes,
        int failures,
        int returns) {}
