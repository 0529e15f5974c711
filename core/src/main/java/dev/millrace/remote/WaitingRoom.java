package dev.millrace.remote;

import dev.millrace.job.KindVersion;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where claims wait for work. Those with the same scope stand in one line: a signal lets one of
 * them look, and one that finds a job lets the next look, so that a signal costs the store one look
 * for each scope and not for each that waits. Once a second one of each line looks without a
 * signal. Bounded by the requests that are let in at once; thread-safe.
 */
final class WaitingRoom {
    private static final long POLL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<Scope, Line> lines = new HashMap<>();
    private volatile int ends;

    /** What a claim looks for. */
    record Scope(Set<String> queues, Set<KindVersion> kinds) {}

    private static final class Line {
        private final Semaphore looks = new Semaphore(0);
        private final AtomicLong lookedNanos = new AtomicLong(System.nanoTime());
        private int seats;
    }

    /** Work may have become available. Never blocks. */
    void work() {
        List<Line> all;
        synchronized (lines) {
            all = List.copyOf(lines.values());
        }
        all.forEach(WaitingRoom::letOneLook);
    }

    private static void letOneLook(Line line) {
        if (line.looks.availablePermits() == 0) {
            line.looks.release();
        }
    }

    /** Everybody who waits now goes without work. */
    void end() {
        synchronized (lines) {
            ends++;
            lines.values().forEach(line -> line.looks.release(line.seats));
            // whoever comes later stands in a line of their own
            lines.clear();
        }
    }

    /** Takes a place in line; before the first look, so that no signal is missed. */
    Seat enter(Scope scope) {
        synchronized (lines) {
            Line line = lines.computeIfAbsent(scope, s -> new Line());
            line.seats++;
            return new Seat(scope, line, ends);
        }
    }

    /** A place in line. Used by one thread. */
    final class Seat implements AutoCloseable {
        private final Scope scope;
        private final Line line;

        private final int endsBefore;

        private Seat(Scope scope, Line line, int endsBefore) {
            this.scope = scope;
            this.line = line;
            this.endsBefore = endsBefore;
        }

        /**
         * Waits until it makes sense to look.
         *
         * @return whether to look; otherwise the time is over
         */
        boolean await(long deadlineNanos) throws InterruptedException {
            while (ends == endsBefore) {
                long now = System.nanoTime();
                long left = deadlineNanos - now;
                if (left <= 0) {
                    return false;
                }
                long looked = line.lookedNanos.get();
                long untilPoll = Math.max(1, POLL_NANOS - (now - looked));
                if (line.looks.tryAcquire(Math.min(left, untilPoll), TimeUnit.NANOSECONDS)) {
                    line.lookedNanos.set(System.nanoTime());
                    return ends == endsBefore;
                }
                long then = System.nanoTime();
                if (then - looked >= POLL_NANOS && line.lookedNanos.compareAndSet(looked, then)) {
                    return true;
                }
            }
            return false;
        }

        /** A look found something: there may be more for the next in line. */
        void found() {
            letOneLook(line);
        }

        @Override
        public void close() {
            synchronized (lines) {
                if (--line.seats == 0) {
                    lines.remove(scope, line);
                }
            }
        }
    }
}
