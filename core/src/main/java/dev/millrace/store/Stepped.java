package dev.millrace.store;

import java.util.List;

/**
 * What came of a {@link ScheduleStep}.
 *
 * @param done whether it happened; otherwise another change was first or is under way, and nothing
 *     did
 * @param jobs the jobs that were enqueued; not those of ticks that had happened before
 */
public record Stepped(boolean done, List<Long> jobs) {
    /** Nothing happened. */
    public static final Stepped NOT = new Stepped(false, List.of());

    /** Copies the jobs. */
    public Stepped {
        jobs = List.copyOf(jobs);
    }
}
