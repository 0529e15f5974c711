package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where schedules and their ticks are kept. A part of the {@link JobStore}; the same rules and
 * failures hold. Nothing here costs in proportion to the schedules stored.
 *
 * <p>Invariant: a schedule ticks at most once at a moment, whoever tries and how often; the tick's
 * row, its job and the schedule's next state are written together or not at all.
 */
public interface ScheduleStore {
    /** The most schedules of one call. */
    int MOST = 1_000;

    /**
     * Stores schedules; all that can be, each on its own terms. One transaction.
     *
     * @param puts at most {@value #MOST}, each name once
     * @return whether each was stored, in the same order; not where another revision stands, or
     *     another change is under way. A new state has the revision after the one it replaces
     */
    List<Boolean> put(List<SchedulePut> puts);

    /** A schedule by its name. One round trip. */
    Optional<ScheduleRow> find(String name);

    /**
     * A page of schedules by name.
     *
     * @param prefix only names that begin so; empty for all
     * @param after only names after this one; {@code null} to begin with
     * @param limit 1 to {@value #MOST}
     */
    List<ScheduleRow> list(String prefix, @Nullable String after, int limit);

    /**
     * Forgets a schedule; what it enqueued stays.
     *
     * @return whether it was there
     */
    boolean remove(String name);

    /**
     * Schedules, paused ones left out, that are due.
     *
     * @param max 1 to {@value #MOST}
     */
    DueSchedules due(Instant now, int max);

    /**
     * Has steps happen, each all or nothing, in one transaction on disk. A tick that happened
     * before at the same moment enqueues nothing, and the step goes on without it. Signals waiting
     * workers.
     *
     * @param steps at most {@value #MOST}, each schedule once; at most 10,000 jobs in all, whose
     *     ids must be fresh
     * @return what came of each, in the same order
     */
    List<Stepped> step(List<ScheduleStep> steps);

    /**
     * Has schedules that wait for one of these jobs looked at now.
     *
     * @param jobIds at most {@value #MOST}
     * @return how many there were
     */
    int ended(Collection<Long> jobIds, Instant now);

    /**
     * Which of some jobs are still kept, ended or not.
     *
     * @param jobIds at most {@value #MOST}
     */
    Set<Long> kept(Collection<Long> jobIds);

    /**
     * Ticks of a schedule, the latest first.
     *
     * @param before only earlier ones; {@code null} to begin with
     * @param limit 1 to {@value #MOST}
     */
    List<TickRow> ticks(long scheduleId, @Nullable Instant before, int limit);

    /**
     * Forgets ticks, and schedules added while running that ended, from before a moment.
     *
     * @param max the most rows of each, 1 to {@value #MOST}
     * @return how many rows are gone
     */
    int prune(Instant before, int max);
}
