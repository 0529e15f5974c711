package dev.millrace.store;

import java.util.List;

/**
 * What is to happen to a schedule, all or nothing.
 *
 * @param scheduleId which
 * @param state where it stands afterwards; its revision is the one that it replaces
 * @param ticks what happens, in the order of their moments; empty for a change of the state only
 */
public record ScheduleStep(long scheduleId, ScheduleState state, List<Tick> ticks) {
    /** The most ticks of one step. */
    public static final int MOST_TICKS = 100;

    /** Copies the ticks. */
    public ScheduleStep {
        ticks = List.copyOf(ticks);
        if (ticks.size() > MOST_TICKS) {
            throw new IllegalArgumentException(
                    "a step has at most %d ticks, got %d".formatted(MOST_TICKS, ticks.size()));
        }
    }

    /** A change of the state only. */
    public ScheduleStep(long scheduleId, ScheduleState state) {
        this(scheduleId, state, List.of());
    }
}
