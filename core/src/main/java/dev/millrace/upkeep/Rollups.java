package dev.millrace.upkeep;

import dev.millrace.job.MillraceException;
import dev.millrace.loop.Service;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRules;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * Counts what this process accepted and what ended in it, by queue, and sends it to the store every
 * ten seconds and at the stop; every minute the leader takes a few steps of summing what is old
 * there. Counting is a few additions in memory. While the store does not answer, counts add up
 * here, one entry for each queue and minute and at most about {@value #MOST_HELD} in all; beyond,
 * they are added to the latest minute held. What was counted since the last sending is lost when
 * the process is killed. Thread-safe; started once.
 */
public final class Rollups {
    private static final Logger LOG = LoggerFactory.getLogger(Rollups.class);
    private static final Duration BETWEEN = Duration.ofSeconds(10);
    private static final int ROUNDS_BETWEEN_SUMMING = 6;
    private static final int STEP = 1_000;
    private static final int MOST_STEPS = 20;

    /** More queues and minutes than this are not held apart. */
    static final int MOST_HELD = 10_000;

    private final BooleanSupplier leads;
    private final JobStore store;
    private final Clock clock;
    private final Service service;
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();
    private final Map<String, TreeMap<Instant, Tally>> held = new HashMap<>();
    private int heldTallies;
    private int rounds;

    /** What a queue's counts are now, ever growing, and what of them was taken already. */
    private static final class Counter {
        private final LongAdder enqueued = new LongAdder();
        private final LongAdder delayed = new LongAdder();
        private final LongAdder completed = new LongAdder();
        private final LongAdder failed = new LongAdder();
        private final LongAdder discarded = new LongAdder();
        private final LongAdder cancelled = new LongAdder();
        private final LongAdder runs = new LongAdder();
        private final LongAdder runMillis = new LongAdder();
        private final long[] taken = new long[8];

        private void ended(Ending ending) {
            runs.increment();
            runMillis.add(
                    Math.max(
                            0,
                            ending.endedAt().toEpochMilli() - ending.startedAt().toEpochMilli()));
            switch (ending.end()) {
                case COMPLETED, SKIPPED -> completed.increment();
                case FAILED -> failed.increment();
                case DISCARDED -> discarded.increment();
                case CANCELLED -> cancelled.increment();
                case SNOOZED, INTERRUPTED, RESCUED, EXPIRED, SLEPT, WAITED, YIELDED -> {
                    // a run, no more
                }
            }
        }

        private Tally take(String queue, Instant minute) {
            return new Tally(
                    queue,
                    minute,
                    since(0, enqueued),
                    since(1, delayed),
                    since(2, completed),
                    since(3, failed),
                    since(4, discarded),
                    since(5, cancelled),
                    since(6, runs),
                    since(7, runMillis));
        }

        private long since(int place, LongAdder count) {
            long now = count.sum();
            long more = now - taken[place];
            taken[place] = now;
            return more;
        }
    }

    /**
     * Rollups that are not started; they count all the same.
     *
     * @param leads whether this process should sum what is old now
     */
    public Rollups(JobStore store, Clock clock, RandomGenerator random, BooleanSupplier leads) {
        this.leads = leads;
        this.store = store;
        this.clock = clock;
        this.service = new Service("millrace-rollups", random, this::step);
    }

    /** Begins to send. */
    public void start() {
        service.start();
    }

    /** Sends no more, after a last time; what the store does not take then is lost. */
    public void stop(Duration patience) throws InterruptedException {
        service.stop(patience);
        try {
            flush();
        } catch (MillraceException e) {
            LOG.atWarn()
                    .addKeyValue("cause", e.toString())
                    .log("the last counts were not recorded");
        }
    }

    /** A job was accepted. */
    public void accepted(NewJob job) {
        Counter counter = counter(job.queue());
        counter.enqueued.increment();
        if (job.isDelayed()) {
            counter.delayed.increment();
        }
    }

    /** An attempt of a queue's job ended and that was recorded. */
    public void ended(String queue, Ending ending) {
        counter(queue).ended(ending);
    }

    private Counter counter(String queue) {
        Counter known = counters.get(queue);
        return known != null ? known : counters.computeIfAbsent(queue, name -> new Counter());
    }

    private Duration step() {
        flush();
        if (rounds++ % ROUNDS_BETWEEN_SUMMING == 0 && leads.getAsBoolean()) {
            sum();
        }
        return BETWEEN;
    }

    private void sum() {
        var rules = TallyRules.at(clock.instant());
        for (int i = 0; i < MOST_STEPS; i++) {
            if (store.tallies().compact(rules, STEP) < STEP) {
                return;
            }
        }
    }

    /** Sends what was counted since the last time; keeps it when the store does not take it. */
    void flush() {
        synchronized (held) {
            Instant minute = clock.instant().truncatedTo(ChronoUnit.MINUTES);
            counters.forEach((queue, counter) -> hold(counter.take(queue, minute)));
            while (heldTallies > 0) {
                List<Tally> some = someHeld();
                store.tallies().add(some);
                forget(some);
            }
        }
    }

    /** For tests: how many tallies wait for the store. */
    int held() {
        synchronized (held) {
            return heldTallies;
        }
    }

    private void hold(Tally tally) {
        if (tally.isNone()) {
            return;
        }
        var minutes = held.computeIfAbsent(tally.queue(), queue -> new TreeMap<>());
        Instant at = heldTallies < MOST_HELD || minutes.isEmpty() ? tally.at() : minutes.lastKey();
        heldTallies += minutes.containsKey(at) ? 0 : 1;
        minutes.merge(at, tally.at(at), Tally::plus);
    }

    private List<Tally> someHeld() {
        var some = new ArrayList<Tally>();
        for (var minutes : held.values()) {
            for (Tally tally : minutes.values()) {
                if (some.size() == Tally.MOST_AT_ONCE) {
                    return some;
                }
                some.add(tally);
            }
        }
        return some;
    }

    private void forget(List<Tally> sent) {
        for (Tally tally : sent) {
            var minutes = held.get(tally.queue());
            if (minutes != null && minutes.remove(tally.at()) != null) {
                heldTallies--;
                if (minutes.isEmpty()) {
                    held.remove(tally.queue());
                }
            }
        }
    }
}
