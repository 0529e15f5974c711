package dev.millrace.store;

import java.util.Comparator;

/**
 * A job that waits to be admitted.
 *
 * @param jobId which
 * @param job by what limits count it
 * @param home the lane it enters by; means something to the store only
 * @param place where its row stands
 * @param nth its place among those that wait where it does, 1 for the first, as far as was looked
 *     and in the order that was asked for
 */
public record Entrant(long jobId, KeyedJob job, int home, Place place, int nth) {
    /** The order of those who wait: highest priority first, then first come, first served. */
    public static final Comparator<Entrant> ORDER =
            Comparator.comparingInt((Entrant e) -> e.place().priority())
                    .reversed()
                    .thenComparingLong(e -> e.place().pos());

    /**
     * Where a row stands; means something to the store only.
     *
     * @param lane below 0 for a line
     * @param priority 0 to 9
     * @param pos within lane and priority
     */
    public record Place(int lane, int priority, long pos) {}

    /** Its move to where claims find it. */
    public Move admitted() {
        return new Move(this, 0);
    }

    /** Its move into a line. */
    public Move parked(int line) {
        return new Move(this, line);
    }

    /** Its move back to where it entered; it keeps its position. */
    public Move sentBack() {
        return new Move(this, Move.BACK);
    }

    /**
     * Where an entrant goes.
     *
     * @param line the line in which it waits; 0 to be admitted, {@value #BACK} to where it entered
     */
    public record Move(Entrant entrant, int line) {
        /** Back to where it entered. */
        public static final int BACK = -1;
    }
}
