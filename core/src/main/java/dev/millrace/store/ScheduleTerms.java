package dev.millrace.store;

/**
 * What a schedule is; the store looks into none of it.
 *
 * @param declared whether code declared it; otherwise it was added while running
 * @param version of its declaration
 * @param queue of its jobs
 * @param kind of its jobs
 * @param definition when it ticks and what jobs it makes, a JSON text
 */
public record ScheduleTerms(
        boolean declared, int version, String queue, String kind, String definition) {}
