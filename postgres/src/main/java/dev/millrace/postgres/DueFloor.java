package dev.millrace.postgres;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/**
 * From where rows in the order of their time are looked for, so that those gone before are not
 * walked over again. The floor is the first row that was there, and never later than {@link #LATE}
 * before the look: what is added is due after the moment at which it is added, give or take clocks
 * and commits that come late. What comes later still is found by a look over everything, see {@link
 * Sweeps}; what this process adds itself lowers the floor. Thread-safe.
 */
final class DueFloor {
    /** How late a row may come, or another's clock be, and be found by the next look. */
    static final Duration LATE = Duration.ofSeconds(2);

    private static final long LATE_MICROS = LATE.toMillis() * 1000;

    /** Before every row. */
    private static final Place START = new Place(-62_135_596_800_000_000L, 0);

    // Guarded by this.
    private Place floor = START;
    private long latest = START.micros();
    private final Set<Look> underWay = new HashSet<>();

    /** A row's place in the order of time. */
    record Place(long micros, long jobId) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byTime = Long.compare(micros, other.micros);
            return byTime != 0 ? byTime : Long.compare(jobId, other.jobId);
        }
    }

    /** One look; to be {@linkplain #end ended}. */
    static final class Look {
        private final Place from;
        private final long now;
        private @Nullable Place added;

        private Look(Place from, long now) {
            this.from = from;
            this.now = now;
        }

        /** The first place to look at. */
        Place from() {
            return from;
        }
    }

    /**
     * A look at this moment. One at a much earlier moment than before goes over everything.
     *
     * @param everything whether it does so anyway
     */
    synchronized Look begin(boolean everything, Instant now) {
        long micros = Sql.micros(now);
        var look = new Look(everything || micros < latest - LATE_MICROS ? START : floor, micros);
        underWay.add(look);
        return look;
    }

    /** The look found that the first row left is here; {@code null}: none. */
    synchronized void found(Look look, @Nullable Place first) {
        Place next = earlier(earlier(new Place(look.now - LATE_MICROS, 0), first), look.added);
        // lowered meanwhile, by a look that began further down or by what was added
        floor = floor.compareTo(look.from) < 0 ? earlier(next, floor) : next;
        latest = look.now;
    }

    /** The look has ended, well or not. */
    synchronized void end(Look look) {
        underWay.remove(look);
    }

    /** This process has added a row. To be called when it is committed. */
    synchronized void added(Instant at) {
        var place = new Place(Sql.micros(at), 0);
        floor = earlier(floor, place);
        for (Look look : underWay) {
            look.added = earlier(place, look.added);
        }
    }

    private static Place earlier(Place one, @Nullable Place other) {
        return other == null || one.compareTo(other) <= 0 ? one : other;
    }
}
