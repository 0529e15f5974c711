package dev.millrace.web.http;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the requests inside, so that there are never too many, and so that a server that stops can
 * wait for them. Thread-safe.
 */
final class Gate {
    private static final long LOADING_SECONDS = 5;

    private final int mostShort;
    private final int mostLong;
    private final Semaphore bodyBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();
    private int shortInside;
    private int longInside;
    private boolean closed;

    /**
     * @param mostShort requests at once that take some work of the store
     * @param mostLong requests at once that wait or stream
     * @param mostBodyBytes of bodies read whole, at once
     */
    Gate(int mostShort, int mostLong, int mostBodyBytes) {
        this.mostShort = mostShort;
        this.mostLong = mostLong;
        this.bodyBytes = new Semaphore(mostBodyBytes);
    }

    /**
     * Lets so many bytes of a body be kept; waits for others to end, and answers whether it may.
     */
    boolean load(int bytes) throws InterruptedException {
        return bodyBytes.tryAcquire(bytes, LOADING_SECONDS, TimeUnit.SECONDS);
    }

    void unload(int bytes) {
        bodyBytes.release(bytes);
    }

    /** Lets a request in; whoever was let in leaves. */
    boolean enter(Route.Pace pace) {
        lock.lock();
        try {
            boolean isLong = pace == Route.Pace.LONG;
            if (closed || (isLong ? longInside == mostLong : shortInside == mostShort)) {
                return false;
            }
            if (isLong) {
                longInside++;
            } else {
                shortInside++;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    void leave(Route.Pace pace) {
        lock.lock();
        try {
            if (pace == Route.Pace.LONG) {
                longInside--;
            } else {
                shortInside--;
            }
            if (shortInside + longInside == 0) {
                empty.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    int inside() {
        lock.lock();
        try {
            return shortInside + longInside;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Lets nobody in any more. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until everybody has left; answers whether they did in time. */
    boolean awaitEmpty(Duration patience) throws InterruptedException {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (shortInside + longInside > 0 && left > 0) {
                left = empty.awaitNanos(left);
            }
            return shortInside + longInside == 0;
        } finally {
            lock.unlock();
        }
    }

    /** How long a client that was not let in should wait. */
    static Duration comeBackAfter() {
        return Duration.ofSeconds(1);
    }
}
