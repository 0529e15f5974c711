package dev.millrace.web.event;

import dev.millrace.loop.Service;
import dev.millrace.web.text.JsonLine;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Attempts that ended in this process, by the second, for the last five minutes, so that a chart
 * has something to show as soon as it is opened. Asks no store. Thread-safe; started once.
 */
public final class Tallies {
    private static final int MOST_KEPT = 300;
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Source source;
    private final Clock clock;
    private final Service ticker;
    private final ArrayDeque<List<Long>> kept = new ArrayDeque<>();
    private Consumer<Event> told = event -> {};
    private Instant at;
    private long completed;
    private long failed;

    /**
     * What is counted.
     *
     * @param worker whether this process runs jobs at all
     * @param completed attempts since the start that completed their job
     * @param failed attempts since the start that failed
     */
    public record Source(boolean worker, LongSupplier completed, LongSupplier failed) {}

    /** Tallies that begin now. */
    public Tallies(Source source, Clock clock, RandomGenerator random) {
        this.source = source;
        this.clock = clock;
        this.at = clock.instant();
        this.completed = source.completed().getAsLong();
        this.failed = source.failed().getAsLong();
        this.ticker = new Service("millrace-tallies", random, this::tick);
    }

    /** Begins to count; every second is told to {@code hears}. */
    void start(Consumer<Event> hears) {
        synchronized (kept) {
            told = hears;
        }
        ticker.start();
    }

    /** Counts no more. */
    void stop(Duration patience) throws InterruptedException {
        ticker.stop(patience);
    }

    private Duration tick() {
        Event event;
        Consumer<Event> hears;
        synchronized (kept) {
            count();
            event = event(json());
            hears = told;
        }
        // outside the lock: whoever hears may ask for what was before
        hears.accept(event);
        return SECOND;
    }

    /** A second is over. */
    void count() {
        synchronized (kept) {
            long nowCompleted = source.completed().getAsLong();
            long nowFailed = source.failed().getAsLong();
            kept.add(List.of(nowCompleted - completed, nowFailed - failed));
            if (kept.size() > MOST_KEPT) {
                kept.removeFirst();
            }
            completed = nowCompleted;
            failed = nowFailed;
            at = clock.instant();
        }
    }

    /** How it stands, with the seconds before, the newest last. */
    Event recent() {
        synchronized (kept) {
            return event(json().with("recent", List.copyOf(kept)));
        }
    }

    private JsonLine json() {
        return new JsonLine()
                .with("at", at)
                .with("worker", source.worker())
                .with("completed", completed)
                .with("failed", failed);
    }

    private static Event event(JsonLine data) {
        return new Event("", "tally", data.toString());
    }
}
