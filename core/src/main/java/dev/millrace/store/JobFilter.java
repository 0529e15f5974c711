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
 */
public record JobFilter(
        JobState.@Nullable Name state,
        @Nullable String queue,
        @Nullable String kind,
        @Nullable String tag) {

    /** Every job. */
    public static JobFilter all() {
        return new JobFilter(null, null, null, null);
    }
}
