package dev.millrace.postgres;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Positions before which a queue had no work when it was looked at, so that a look for work need
 * not walk again over the rows taken since. Positions only grow; a job whose transaction ends long
 * after it took its position is found by a look over everything, see {@link Sweeps}. Thread-safe.
 */
final class WorkFloors {
    private final Map<String, Long> floors = new ConcurrentHashMap<>();
    private volatile long reached;

    /** The first position to look at. */
    long of(String queue) {
        return floors.getOrDefault(queue, 0L);
    }

    /**
     * What a look found.
     *
     * @param asked the queues looked at
     * @param withWork those among them that have work
     * @param position the last position given out. The floor is the one of the look before, since
     *     those given out during this look may not be visible to it
     */
    void found(Collection<String> asked, Collection<String> withWork, long position) {
        long before = reached;
        for (String queue : asked) {
            if (!withWork.contains(queue)) {
                floors.put(queue, before);
            }
        }
        reached = position;
    }
}
