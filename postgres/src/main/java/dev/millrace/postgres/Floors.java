package dev.millrace.postgres;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where this process last looked in each lane and priority, so that a claim does not walk again
 * over the rows taken before. Positions only grow; what still lies behind a floor (rows another
 * claim held and gave up, commits that came late) is found by a sweep. Thread-safe.
 */
final class Floors {
    static final int PRIORITIES = 10;

    private final Map<Integer, long[]> floors = new ConcurrentHashMap<>();

    /** The first position to look at. */
    long of(int lane, int priority) {
        long[] of = floors.computeIfAbsent(lane, l -> new long[PRIORITIES]);
        synchronized (of) {
            return of[priority];
        }
    }

    /**
     * Remembers the last position taken.
     *
     * @param exact also when that means going back: a sweep found a full claim behind the floor
     */
    void took(int lane, int priority, long pos, boolean exact) {
        long[] of = floors.computeIfAbsent(lane, l -> new long[PRIORITIES]);
        synchronized (of) {
            of[priority] = exact ? pos + 1 : Math.max(of[priority], pos + 1);
        }
    }
}
