package dev.millrace.testkit;

import java.util.List;
import java.util.Set;

/**
 * Reads a store's rows as they stand, past the store itself, so that {@link Invariants} can be
 * checked. An engine's test writes one with plain SQL. Called when nothing else runs; each list
 * holds every row there is, in no order, duplicates included.
 */
public interface Inspector {
    /** Every position row of every table of positions. */
    List<Position> positions();

    /** Every history row, in the order in which they were appended as far as that is known. */
    List<HistoryRow> history();

    /** The ids of all bodies. */
    Set<Long> bodies();

    /** The ids of all registered workers, dead ones that wait to be cleared away included. */
    Set<Long> workers();

    /**
     * The ids of all jobs of which there is any row of what running jobs leave behind: progress,
     * checkpoints, steps, log, stacks and requests for them, signals.
     */
    Set<Long> leftovers();

    /** Every key that is held, those whose window has passed but that still stand included. */
    List<KeyRow> keys();
}
