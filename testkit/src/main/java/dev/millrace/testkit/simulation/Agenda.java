package dev.millrace.testkit.simulation;

import dev.millrace.testkit.FakeClock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** What happens when, on a clock that jumps from one thing to the next. For one thread. */
final class Agenda {
    private record Entry(long atNanos, long number, Runnable what) {}

    private final FakeClock clock;
    private final PriorityQueue<Entry> entries =
            new PriorityQueue<>(
                    Comparator.comparingLong(Entry::atNanos).thenComparingLong(Entry::number));
    private long number;

    Agenda(FakeClock clock) {
        this.clock = clock;
    }

    long nanos() {
        return clock.nanos().getAsLong();
    }

    void after(Duration wait, Runnable what) {
        at(nanos() + wait.toNanos(), what);
    }

    void at(long atNanos, Runnable what) {
        entries.add(new Entry(atNanos, number++, what));
    }

    /** Lets the next thing happen; false when nothing is left. */
    boolean next() {
        @Nullable Entry entry = entries.poll();
        if (entry == null) {
            return false;
        }
        clock.advance(Duration.ofNanos(Math.max(0, entry.atNanos() - nanos())));
        entry.what().run();
        return true;
    }
}
