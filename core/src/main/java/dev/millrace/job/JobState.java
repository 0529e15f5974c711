package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Locale;

/** Where a job stands. A live job is in exactly one of the first four. */
public sealed interface JobState {
    /**
     * Due later: delayed, snoozed or waiting for its next attempt.
     *
     * @param runAt when it is promoted
     * @param backingOff whether it waits after a failed attempt
     */
    record Scheduled(Instant runAt, boolean backingOff) implements JobState {}

    /** Waits for a free worker. */
    record Available() implements JobState {}

    /**
     * Taken by a worker.
     *
     * @param worker the worker's id
     * @param claimedAt since when
     */
    record Running(long worker, Instant claimedAt) implements JobState {}

    /**
     * Attempts used up or given up; kept until removed, can be retried by hand.
     *
     * @param at since when
     */
    record Discarded(Instant at) implements JobState {}

    /**
     * Done.
     *
     * @param at since when
     * @param skipped whether the handler said that the work was no longer wanted
     * @param result JSON text, if there is one
     */
    record Completed(Instant at, boolean skipped, @Nullable String result) implements JobState {}

    /**
     * Ended by a person or program before it completed.
     *
     * @param at since when
     */
    record Cancelled(Instant at) implements JobState {}

    /**
     * Its time to live passed before it started.
     *
     * @param at since when
     */
    record Expired(Instant at) implements JobState {}

    /** The state's name as the command line, the API and the dashboard spell it. */
    default Name name() {
        return switch (this) {
            case Scheduled s -> Name.SCHEDULED;
            case Available a -> Name.AVAILABLE;
            case Running r -> Name.RUNNING;
            case Discarded d -> Name.DISCARDED;
            case Completed c -> Name.COMPLETED;
            case Cancelled c -> Name.CANCELLED;
            case Expired e -> Name.EXPIRED;
        };
    }

    /** Whether the job has come to rest: nothing happens to it any more by itself. */
    default boolean isEnded() {
        return switch (name()) {
            case SCHEDULED, AVAILABLE, RUNNING -> false;
            case DISCARDED, COMPLETED, CANCELLED, EXPIRED -> true;
        };
    }

    /** The names of the states, for filters and counts. */
    enum Name {
        /** See {@link Scheduled}. */
        SCHEDULED,
        /** See {@link Available}. */
        AVAILABLE,
        /** See {@link Running}. */
        RUNNING,
        /** See {@link Discarded}. */
        DISCARDED,
        /** See {@link Completed}. */
        COMPLETED,
        /** See {@link Cancelled}. */
        CANCELLED,
        /** See {@link Expired}. */
        EXPIRED;

        /** The name in lower case, as people write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
