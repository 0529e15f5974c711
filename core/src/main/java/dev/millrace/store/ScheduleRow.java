package dev.millrace.store;

import java.time.Instant;

/**
 * A schedule as it is stored.
 *
 * @param id never used before
 * @param name unique
 * @param terms what it is
 * @param createdAt when it was first made
 * @param changedAt when its terms last changed
 * @param state where it stands
 */
public record ScheduleRow(
        long id,
        String name,
        ScheduleTerms terms,
        Instant createdAt,
        Instant changedAt,
        ScheduleState state) {}
