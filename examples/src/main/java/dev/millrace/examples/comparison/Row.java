package dev.millrace.examples.comparison;

/**
 * What was measured of a way.
 *
 * @param plan of what
 * @param bytesPerJob of resident memory that a waiting job takes
 * @param fits jobs that fit into the memory at once; beyond 10,000 reckoned
 * @param atOnce jobs at once while speed was measured, at most
 * @param jobsPerSecond reached then
 * @param peakBytes resident at most then; for many processes, what was reckoned with
 */
record Row(
        Plan plan,
        double bytesPerJob,
        long fits,
        int atOnce,
        double jobsPerSecond,
        double peakBytes) {}
