package dev.millrace.web.http;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the requests inside, so that there are never too many of a sort nor too many bytes of
 * theirs, and so that a server that stops can wait for them. Thread-safe.
 */
final class Gate {
    private static final int CHECKS = 16;

    /** Bodies that come at once from those who did not say who they are. */
    private static final int UNKNOWN_BODIES = 64;

    private final Map<Route.Pace, Shares> places = new EnumMap<>(Route.Pace.class);
    private final Shares bodies;
    private final Shares unknownBodies = new Shares(UNKNOWN_BODIES);
    private final Shares bodyBytes;
    private final Shares answerBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();
    private int inside;
    private boolean closed;

    /**
     * @param mostShort requests at once that take some work of the store, and bodies that come
     * @param mostLong requests at once of each sort that takes long; a quarter of it follow
     *     something, an eighth work through much
     * @param mostBodyBytes of bodies read whole, at once
     * @param mostAnswerBytes of answers being made and being sent, at once
     */
    Gate(int mostShort, int mostLong, long mostBodyBytes, long mostAnswerBytes) {
        places.put(Route.Pace.CHECK, new Shares(CHECKS));
        places.put(Route.Pace.SHORT, new Shares(mostShort));
        places.put(Route.Pace.STREAM, new Shares(mostLong));
        places.put(Route.Pace.FOLLOW, new Shares(Math.max(1, mostLong / 4)));
        places.put(Route.Pace.WAIT, new Shares(mostLong));
        places.put(Route.Pace.CLAIM, new Shares(mostLong));
        places.put(Route.Pace.BULK, new Shares(Math.max(1, mostLong / 8)));
        this.bodies = new Shares(mostShort);
        this.bodyBytes = new Shares(mostBodyBytes);
        this.answerBytes = new Shares(mostAnswerBytes);
    }

    /** The places of a sort. */
    Shares places(Route.Pace pace) {
        Shares found = places.get(pace);
        if (found == null) {
            throw new IllegalArgumentException("a request at pace " + pace + " takes no place");
        }
        return found;
    }

    /** Places of bodies that are coming. */
    Shares bodies(Who who) {
        return who.kind() == Who.Kind.NOBODY ? unknownBodies : bodies;
    }

    Shares bodyBytes() {
        return bodyBytes;
    }

    Shares answerBytes() {
        return answerBytes;
    }

    /** Lets a request in, unless it is closed; whoever was let in leaves. */
    boolean enter() {
        lock.lock();
        try {
            if (!closed) {
                inside++;
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            inside--;
            if (inside == 0) {
                empty.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    int inside() {
        lock.lock();
        try {
            return inside;
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
            while (inside > 0 && left > 0) {
                left = empty.awaitNanos(left);
            }
            return inside == 0;
        } finally {
            lock.unlock();
        }
    }

    /** How long a client that was not let in should wait. */
    static Duration comeBackAfter() {
        return Duration.ofSeconds(1);
    }
}
