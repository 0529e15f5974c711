package dev.millrace.store;

import java.util.List;

/**
 * Where what happened in queues is counted: every process appends what it counted, and older rows
 * are summed, so that no row is written by everybody and looking costs nothing in proportion to
 * jobs. Thread-safe, for any number of processes at once.
 */
public interface TallyStore {
    /**
     * Adds what was counted; all or nothing. One round trip; not necessarily on disk when it
     * returns.
     *
     * @param deltas at most {@value Tally#MOST_AT_ONCE}; several may be of the same queue and
     *     minute
     */
    void add(List<Tally> deltas);

    /**
     * What was counted, summed into buckets, by time and then by queue; a bucket in which nothing
     * was counted is left out. Where the past is kept by the hour, an hour's counts stand at its
     * first minute. One round trip.
     *
     * @return at most {@link TallyRange#MOST_BUCKETS} for each queue, and one more where the first
     *     bucket begins before the range
     */
    List<Tally> sums(TallyRange range);

    /**
     * Takes one step of summing what is old enough, and of dropping it. Sums over whole hours stay
     * as they are. Several processes may do it at once.
     *
     * @param max the most rows taken for each of the three rules, 1 to 10,000
     * @return the rows that are gone; 0 when nothing was left to do that another process does not
     *     just do
     */
    int compact(TallyRules rules, int max);
}
