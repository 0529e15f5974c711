package dev.millrace.examples.comparison;

/**
 * A way with what it is tried with.
 *
 * @param name for tables
 * @param explains what it is, in a line
 * @param way how
 * @param single whether all of its jobs live in one process
 * @param probe jobs that wait at once while memory is measured
 * @param jobs done while speed is measured
 */
record Plan(String name, String explains, Way way, boolean single, int probe, int jobs) {}
