package dev.millrace.store;

import java.time.Instant;

/**
 * Who leads, as it is stored.
 *
 * @param name what is led
 * @param holder who leads, unique to a process; empty when the last one laid it down
 * @param epoch how often it was taken, 1 and up: a fencing token, since it only grows
 * @param beat how often the holder has renewed it; only that it changes means anything
 * @param since when it was taken, by the holder's clock; for people
 */
public record Lease(String name, String holder, long epoch, long beat, Instant since) {
    /** Whether nobody holds it. */
    public boolean isFree() {
        return holder.isEmpty();
    }
}
