package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * Where a schedule stands. Every change makes a new revision, and is made only while the one that
 * it was made of still stands: so of several processes that carry out the same tick, one does.
 *
 * @param revision of what was read, 1 and up; 0 for what is not stored yet
 * @param paused whether it does not tick
 * @param dueAt when somebody has to look at it; {@code null} when nothing more comes
 * @param nextAt the next tick; {@code null} when there is none, or the runs decide
 * @param awaited the job whose end is waited for
 * @param queuedAt a tick whose job is enqueued when the awaited one has ended
 * @param lastAt the last tick that had a job
 * @param lastJob that job
 */
public record ScheduleState(
        long revision,
        boolean paused,
        @Nullable Instant dueAt,
        @Nullable Instant nextAt,
        @Nullable Long awaited,
        @Nullable Instant queuedAt,
        @Nullable Instant lastAt,
        @Nullable Long lastJob) {

    /** The state of a schedule that has not ticked yet. */
    public static ScheduleState first(@Nullable Instant nextAt) {
        return new ScheduleState(0, false, nextAt, nextAt, null, null, null, null);
    }

    /** The same, ticking next at another moment and looked at then. */
    public ScheduleState next(@Nullable Instant at) {
        return new ScheduleState(revision, paused, at, at, awaited, queuedAt, lastAt, lastJob);
    }

    /** The same, looked at at another moment. */
    public ScheduleState due(@Nullable Instant at) {
        return new ScheduleState(revision, paused, at, nextAt, awaited, queuedAt, lastAt, lastJob);
    }

    /** The same, paused or not. */
    public ScheduleState paused(boolean now) {
        return new ScheduleState(revision, now, dueAt, nextAt, awaited, queuedAt, lastAt, lastJob);
    }

    /** The same, waiting for a job's end. */
    public ScheduleState awaiting(@Nullable Long job) {
        return new ScheduleState(revision, paused, dueAt, nextAt, job, queuedAt, lastAt, lastJob);
    }

    /** The same with a tick whose job is enqueued later. */
    public ScheduleState queued(@Nullable Instant at) {
        return new ScheduleState(revision, paused, dueAt, nextAt, awaited, at, lastAt, lastJob);
    }

    /** The same after a tick that had a job. */
    public ScheduleState ran(Instant at, long job) {
        return new ScheduleState(revision, paused, dueAt, nextAt, awaited, queuedAt, at, job);
    }
}
