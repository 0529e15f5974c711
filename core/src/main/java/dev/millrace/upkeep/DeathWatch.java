package dev.millrace.upkeep;

import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.RemoteTerms;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decides which workers are dead, from what one observer saw. Dead is a worker whose beat counter
 * stood still for one unbroken lease of the observer's own monotonic clock, with the store
 * answering all along. A liveness lock seen held and then free shortens the lease to a second; one
 * never seen held, to three. Whatever breaks the observation (the store did not answer, the
 * observer itself stood still) starts it anew, and until the lock of a worker known before is seen
 * held again only the whole lease counts: so an outage never makes the living rob each other,
 * however long one of them takes to come back. A worker that asked for a lease of its own is judged
 * by that; while it has not beaten once, by a short one.
 *
 * <p>Holds no threads and reads no clock. Not thread-safe: one observer owns it. Memory: one small
 * entry for each registered worker.
 */
public final class DeathWatch {
    /** A lock never seen held may be about to be taken. */
    private static final int UNSEEN_FACTOR = 3;

    private final long leaseNanos;
    private final long freeNanos;
    private final long gapNanos;
    private final Map<Long, Watch> watches = new HashMap<>();
    private final Set<Long> away = new HashSet<>();
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
            interrupted();
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
        away.retainAll(present.keySet());
        return dead;
    }

    /** The store did not answer: every observation starts anew. */
    public void interrupted() {
        away.addAll(watches.keySet());
        watches.clear();
    }

    /** Whether a free lock is being watched, so that looking more often would help. */
    public boolean suspects() {
        return watches.values().stream().anyMatch(watch -> watch.free);
    }

    private boolean isDead(Watch watch, Sighting sighting, long nanoTime) {
        if (sighting.lock() == Lock.HELD) {
            watch.held = true;
            away.remove(sighting.workerId());
        }
        if (sighting.lock() == Lock.FREE) {
            if (!watch.free) {
                watch.free = true;
                watch.freeSinceNanos = nanoTime;
            }
        } else {
            watch.free = false;
        }
        long lease = leaseNanos(sighting);
        long bound =
                away.contains(sighting.workerId())
                        ? lease
                        : watch.held ? freeNanos : UNSEEN_FACTOR * freeNanos;
        return (watch.free && nanoTime - watch.freeSinceNanos >= bound)
                || nanoTime - watch.sinceNanos >= lease;
    }

    private long leaseNanos(Sighting sighting) {
        Duration own = sighting.lease();
        if (own == null) {
            return leaseNanos;
        }
        boolean isUnproven = sighting.beat() == 0;
        return isUnproven ? Math.min(own.toNanos(), RemoteTerms.UNPROVEN.toNanos()) : own.toNanos();
    }
}
