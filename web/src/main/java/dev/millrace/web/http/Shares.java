package dev.millrace.web.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * So much of something, for everybody. A caller who is named may have no more of it than is left
 * for others, so that nobody takes it all: alone half of it. Thread-safe.
 */
final class Shares {
    /** A caller to whom only the whole is a bound. */
    static final String ANYBODY = "";

    private final long most;
    private final Map<String, Long> held = new HashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition given = lock.newCondition();
    private long taken;

    Shares(long most) {
        this.most = most;
    }

    long most() {
        return most;
    }

    /** Takes some at once; answers whether there was enough. */
    boolean take(String caller, long amount) {
        lock.lock();
        try {
            if (!isLeft(caller, amount)) {
                return false;
            }
            taken += amount;
            if (!caller.equals(ANYBODY)) {
                held.merge(caller, amount, Long::sum);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The same, waiting for others to give back what is lacking. */
    boolean take(String caller, long amount, Duration patience) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = patience.toNanos();
            while (!isLeft(caller, amount)) {
                if (left <= 0) {
                    return false;
                }
                left = given.awaitNanos(left);
            }
            return take(caller, amount);
        } finally {
            lock.unlock();
        }
    }

    private boolean isLeft(String caller, long amount) {
        return held.getOrDefault(caller, 0L) + amount <= most - taken;
    }

    void give(String caller, long amount) {
        lock.lock();
        try {
            taken -= amount;
            if (!caller.equals(ANYBODY)) {
                held.computeIfPresent(
                        caller, (name, has) -> has == amount ? null : (Long) (has - amount));
            }
            given.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
