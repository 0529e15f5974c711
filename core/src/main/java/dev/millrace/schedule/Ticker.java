package dev.millrace.schedule;

import dev.millrace.job.MillraceException;
import dev.millrace.loop.Service;
import dev.millrace.queue.JobQueue;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.ScheduleStore;
import dev.millrace.store.Signals;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Has schedules tick. The leader rests until the next is due, or something changed, at most a
 * second. Every other process looks about every ten seconds for ticks that are five seconds late,
 * so that a leader which stands still without anybody having noticed is no loss: which process
 * ticks makes no difference to what ticks. Cost of a look: one look into the index of what is due,
 * however many schedules there are; at most ten a second. Thread-safe; started once.
 */
public final class Ticker {
    private static final Duration LEADERS_REST = Duration.ofSeconds(5);
    private static final Duration OTHERS_REST = Duration.ofSeconds(10);
    private static final Duration LATE = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
    private static final Duration IN_OTHER_HANDS = Duration.ofMillis(50);
    private static final int MOST_ENDED = 10_000;

    private final JobStore store;
    private final Clock clock;
    private final RandomGenerator random;
    private final BooleanSupplier leads;
    private final Ticking ticking;
    private final Service service;
    private final AtomicBoolean changed = new AtomicBoolean();
    private final ConcurrentLinkedQueue<Long> ended = new ConcurrentLinkedQueue<>();
    private final AtomicInteger endedCount = new AtomicInteger();
    private Signals.@Nullable Subscription subscription;

    /** When the next is due; only on the service's thread. */
    private @Nullable Instant next = Instant.EPOCH;

    /** When it was learned. */
    private Instant looked = Instant.EPOCH;

    /**
     * A ticker that is not started.
     *
     * @param leads whether this process is the leader now
     * @param told hears of every job that was enqueued
     */
    public Ticker(
            JobStore store,
            JobQueue queue,
            Clock clock,
            RandomGenerator random,
            BooleanSupplier leads,
            Consumer<NewJob> told) {
        this.store = store;
        this.clock = clock;
        this.random = random;
        this.leads = leads;
        this.ticking = new Ticking(store, queue, clock, random, told);
        this.service = new Service("millrace-ticker", random, this::step);
    }

    /** Begins to tick, with a look at what is due already. */
    public void start() {
        subscription = store.signals().onWork(this::changed);
        service.start();
    }

    /** Ends after the step under way. */
    public void stop(Duration patience) throws InterruptedException {
        Signals.Subscription own = subscription;
        if (own != null) {
            own.close();
        }
        service.stop(patience);
    }

    /** Schedules may have changed, or this process may lead now. Cheap; called often. */
    public void changed() {
        if (!changed.getAndSet(true)) {
            service.wake();
        }
    }

    /**
     * A job of a schedule has ended in this process. Beyond {@value #MOST_ENDED} that the store has
     * not been told of yet, looks find it.
     */
    public void ended(long jobId) {
        if (endedCount.get() < MOST_ENDED) {
            endedCount.incrementAndGet();
            ended.add(jobId);
            service.wake();
        }
    }

    private Duration step() {
        Instant now = clock.instant();
        tellEnded(now);
        boolean leader = leads.getAsBoolean();
        Instant due = next;
        Duration rest = leader ? LEADERS_REST : spread(OTHERS_REST);
        Instant poll = looked.plus(rest);
        boolean news = leader && changed.get();
        if (news && now.isBefore(looked.plus(BETWEEN_LOOKS)) && !now.isBefore(looked)) {
            // what is due goes first; what changed is looked at a moment later
            if (due == null || due.isAfter(now)) {
                return Duration.between(now, looked.plus(BETWEEN_LOOKS));
            }
        }
        boolean isDue = leader && due != null && !due.isAfter(now);
        if (!news && !isDue && now.isBefore(poll) && !now.isBefore(looked)) {
            Instant until = leader && due != null && due.isBefore(poll) ? due : poll;
            return Duration.between(now, until).plusMillis(1);
        }
        changed.set(false);
        Ticking.Round round = ticking.round(leader ? now : now.minus(LATE));
        looked = now;
        next = round.found() == 0 ? round.next() : now;
        return round.found() > 0 && round.done() == 0 ? IN_OTHER_HANDS : Duration.ZERO;
    }

    private Duration spread(Duration rest) {
        return rest.plusMillis(random.nextLong(rest.toMillis() / 4));
    }

    private void tellEnded(Instant now) {
        while (!ended.isEmpty()) {
            Collection<Long> some = new ArrayList<>();
            for (Long id = ended.poll(); id != null; id = ended.poll()) {
                some.add(id);
                if (some.size() == ScheduleStore.MOST) {
                    break;
                }
            }
            endedCount.addAndGet(-some.size());
            try {
                store.schedules().ended(some, now);
            } catch (MillraceException e) {
                // the next look finds it: this only makes it quicker
                return;
            }
        }
    }
}
