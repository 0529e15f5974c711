package dev.millrace.store;

import java.time.Instant;

/**
 * A schedule to be stored.
 *
 * @param name unique
 * @param terms what it is
 * @param state where it stands from then on; its revision says which one it replaces, 0 for a
 *     schedule that is not there yet
 * @param at when it is made or changed
 */
public record SchedulePut(String name, ScheduleTerms terms, ScheduleState state, Instant at) {}
