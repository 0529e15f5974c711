package dev.millrace.upkeep;

import dev.millrace.loop.Service;
import dev.millrace.store.JobStore;
import dev.millrace.store.PruneRules;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Removes jobs past their retention, 1,000 looked at in a step, so that it never holds the store
 * for long. A round begins about once a minute; what the rules by number mean is asked then.
 * Discarded jobs go only by a rule that says so. Schedules' ticks go after {@link #TICKS}. The
 * leader does it; several processes may prune at once; they should have the same rules.
 */
public final class Pruner {
    private static final Duration BETWEEN_ROUNDS = Duration.ofMinutes(1);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final Duration BETWEEN_STEPS = Duration.ofMillis(50);
    private static final int STEP = 1_000;
    private static final int MOST_TICK_STEPS = 20;

    /** How long the ticks of schedules are kept. */
    static final Duration TICKS = Duration.ofDays(32);

    private final JobStore store;
    private final Clock clock;
    private final Retention standard;
    private final Map<String, Retention> byQueue;
    private final RandomGenerator random;
    private final Service service;
    private final CountRule counts;
    private final Duration longest;
    private Map<String, Instant> cutoffs = Map.of();
    private long afterJobId;
    private final BooleanSupplier leads;

    /**
     * A pruner that is not started.
     *
     * @param standard the rule of queues that have none of their own
     * @param byQueue the rules of single queues
     * @param leads whether this process should do it now
     */
    public Pruner(
            JobStore store,
            Clock clock,
            Retention standard,
            Map<String, Retention> byQueue,
            RandomGenerator random,
            BooleanSupplier leads) {
        this.leads = leads;
        this.store = store;
        this.clock = clock;
        this.standard = standard;
        this.byQueue = Map.copyOf(byQueue);
        this.random = random;
        this.counts = new CountRule(store);
        this.longest =
                Stream.concat(Stream.of(standard), byQueue.values().stream())
                        .map(Retention::finished)
                        .max(Comparator.naturalOrder())
                        .orElseThrow();
        this.service = new Service("millrace-pruner", random, this::step);
    }

    /** Begins to prune. */
    public void start() {
        service.start();
    }

    /** Ends after the step under way. */
    public void stop(Duration patience) throws InterruptedException {
        service.stop(patience);
    }

    private Duration step() {
        if (!leads.getAsBoolean()) {
            afterJobId = 0;
            return BETWEEN_LOOKS;
        }
        Instant now = clock.instant();
        if (afterJobId == 0) {
            pruneTicks(now);
            cutoffs = counts.cutoffs(this::rule, longest, now);
        }
        var rules = new HashMap<String, PruneRules.Rule>();
        byQueue.forEach((queue, rule) -> rules.put(queue, rule.at(now, null)));
        cutoffs.forEach((queue, cutoff) -> rules.put(queue, rule(queue).at(now, cutoff)));
        afterJobId =
                store.prune(new PruneRules(now, rules, standard.at(now, null)), afterJobId, STEP);
        boolean more = store.batches().prune(now.minus(longest), STEP) >= STEP;
        return afterJobId == 0 && !more
                ? BETWEEN_ROUNDS.plusMillis(random.nextLong(10_000))
                : BETWEEN_STEPS;
    }

    private void pruneTicks(Instant now) {
        int steps = 0;
        while (store.schedules().prune(now.minus(TICKS), STEP) >= STEP
                && ++steps < MOST_TICK_STEPS) {
            // bounded; the next round goes on
        }
    }

    private Retention rule(String queue) {
        return byQueue.getOrDefault(queue, standard);
    }
}
