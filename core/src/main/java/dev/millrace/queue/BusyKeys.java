package dev.millrace.queue;

import dev.millrace.job.MillraceException;
import dev.millrace.store.KeyHold;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The keys that the store found busy and whose callers, in this process, are not all answered yet.
 * Their callers take turns, so that a busy key costs the store one try at a time however many want
 * it. No larger than the number of callers. Thread-safe.
 */
final class BusyKeys {
    private final Map<String, Turns> busy = new ConcurrentHashMap<>();

    /** Who wants a key: so many callers, of whom one has its turn. */
    private record Turns(int callers, Semaphore turn) {}

    /** What a caller does in its turn. */
    @FunctionalInterface
    interface Turn<R> {
        R take() throws InterruptedException;
    }

    /** The key by which a job's callers take turns: its unique key, else its idempotency key. */
    static String key(NewJob job) {
        KeyHold first = job.holds().getFirst();
        for (KeyHold hold : job.holds()) {
            if (hold.scope() == KeyHold.Scope.UNIQUE) {
                first = hold;
            }
        }
        return first.scope() + ":" + first.key();
    }

    static MillraceException busy(@Nullable Throwable cause) {
        return new MillraceException(
                MillraceException.Code.KEY_BUSY,
                "a transaction still open is about to decide who holds a key of this job; nothing"
                        + " was accepted; another try may succeed",
                cause);
    }

    /** Whether callers of the key are about to take turns. */
    boolean isBusy(String key) {
        return busy.containsKey(key);
    }

    /** Counts a caller of a busy key, to be taken back by {@link #leave}. */
    void enter(String key) {
        busy.merge(
                key,
                new Turns(1, new Semaphore(1, true)),
                (known, one) -> new Turns(known.callers() + 1, known.turn()));
    }

    /** The same if the key is known to be busy; answers whether it is. */
    boolean enterIfBusy(String key) {
        return busy.computeIfPresent(
                        key, (k, known) -> new Turns(known.callers() + 1, known.turn()))
                != null;
    }

    /** Takes back one {@link #enter}; the last one makes the key an ordinary one. */
    void leave(String key) {
        busy.computeIfPresent(
                key,
                (k, known) ->
                        known.callers() == 1 ? null : new Turns(known.callers() - 1, known.turn()));
    }

    /**
     * Waits for the turn of a caller that entered, and takes it.
     *
     * @param giveUp when to wait no longer, by the process's monotonic clock
     * @throws MillraceException with {@code key-busy} when its turn had not come by then
     */
    <R> R inTurn(String key, long giveUp, Turn<R> turn) throws InterruptedException {
        Turns turns = busy.get(key);
        if (turns == null) {
            throw new IllegalStateException("nobody entered key " + key);
        }
        if (!turns.turn().tryAcquire(giveUp - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            throw busy(null);
        }
        try {
            return turn.take();
        } finally {
            turns.turn().release();
        }
    }
}
