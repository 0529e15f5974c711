package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * Schedules that somebody has to look at.
 *
 * @param due the longest due first
 * @param next when the first of all others is due; {@code null} for none
 */
public record DueSchedules(List<ScheduleRow> due, @Nullable Instant next) {
    /** Copies the rows. */
    public DueSchedules {
        due = List.copyOf(due);
    }
}
