package dev.millrace.store;

import dev.millrace.job.JobState;

import org.jspecify.annotations.Nullable;

/**
 * Which jobs to list; {@code null} means any.
 *
 * @param state where it stands
 * @param queue where it waits or waited
 * @param kind what it does
 * @param tag a tag it carries
 * @param text what its payload contains, upper and lower case told apart; found by looking at a
 *     bounded number of jobs per page
 */
public record JobFilter(
        JobState.@Nullable Name state,
        @Nullable String queue,
        @Nullable String kind,
        @Nullable String tag,
        @Nullable String text) {

    /** Jobs whatever their payload. */
    public JobFilter(
            JobState.@Nullable Name state,
            @Nullable String queue,
            @Nullable String kind,
            @Nullable String tag) {
        this(state, queue, kind, tag, null);
    }

    /** Every job. */
    public static JobFilter all() {
        return new JobFilter(null, null, null, null, null);
    }
}
