package dev.millrace.upkeep;

import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.PulseAnswer.Sighting;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides which workers are dead, from what one observer saw. Dead is a worker whose beat counter
 * stood still for one unbroken lease of the observer's own monotonic clock, with the store
 * answering all along. A liveness lock seen held and then free shortens the lease to a second; one
 * never seen held in this observation, to three. Whatever breaks the observation (the store did not
 * answer, the observer itself stood still, the counter moved) starts it anew, so an outage never
 * makes the living rob each other.
 *
 * <p>Holds no threads and reads no clock. Not thread-safe: one observer owns it. Memory: one small
 * entry for each registered worker.
 */
public final class DeathWatch {
    /** After a restart of the store everybody's lock is free until its owner is back. */
    private static final int UNSEEN_FACTOR = 3;

    private final long leaseNanos;
    private final long freeNanos;
    private final long gapNanos;
    private final Map<Long, Watch> watches = new HashMap<>();
    private boolean seen;
    private long lastNanos;

    private static final class Watch {
        private long beat;
        private long sinceNanos;
        private boolean held;
        private boolean free;
        private long freeSinceNanos;
    }

    /**
     * A watch that has seen nothing.
     *
     * @param lease how long a beat may stand still
     * @param freeLock how long a liveness lock may be found free while the beat stands still
     * @param gap observations further apart than this are not one unbroken observation
     */
    public DeathWatch(Duration lease, Duration freeLock, Duration gap) {
        this.leaseNanos = lease.toNanos();
        this.freeNanos = freeLock.toNanos();
        this.gapNanos = gap.toNanos();
    }

    /**
     * Takes in one complete look at all other workers.
     *
     * @param sightings every other registered worker
     * @param nanoTime when the look was begun, by the observer's monotonic clock
     * @return those that are dead, with the beat at which they stood still
     */
    public List<Sighting> observe(List<Sighting> sightings, long nanoTime) {
        if (seen && nanoTime - lastNanos > gapNanos) {
            watches.clear();
        }
        seen = true;
        lastNanos = nanoTime;
        var dead = new ArrayList<Sighting>();
        var present = new HashMap<Long, Watch>();
        for (Sighting sighting : sightings) {
            Watch watch = watches.get(sighting.workerId());
            if (watch == null || watch.beat != sighting.beat()) {
                boolean held = watch != null && watch.held;
                watch = new Watch();
                watch.held = held;
                watch.beat = sighting.beat();
                watch.sinceNanos = nanoTime;
            }
            present.put(sighting.workerId(), watch);
            if (sighting.dead() || isDead(watch, sighting, nanoTime)) {
                dead.add(sighting);
            }
        }
        watches.clear();
        watches.putAll(present);
        return dead;
    }

    /** The store did not answer: every observation starts anew. */
    public void interrupted() {
        watches.clear();
    }

    /** Whether a free lock is being watched, so that looking more often would help. */
    public boolean suspects() {
        return watches.values().stream().anyMatch(watch -> watch.free);
    }

    private boolean isDead(Watch watch, Sighting sighting, long nanoTime) {
        watch.held |= sighting.lock() == Lock.HELD;
        if (sighting.lock() == Lock.FREE) {
            if (!watch.free) {
                watch.free = true;
                watch.freeSinceNanos = nanoTime;
            }
        } else {
            watch.free = false;
        }
        long bound = watch.held ? freeNanos : UNSEEN_FACTOR * freeNanos;
        return (watch.free && nanoTime - watch.freeSinceNanos >= bound)
                || nanoTime - watch.sinceNanos >= leaseNanos;
    }
}
