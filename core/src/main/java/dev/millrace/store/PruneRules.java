package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Map;

/**
 * What is old enough to go, at one moment.
 *
 * @param now that moment; keys whose window has passed by then go too
 * @param byQueue the rules of single queues
 * @param others the rule of all other queues
 */
public record PruneRules(Instant now, Map<String, Rule> byQueue, Rule others) {
    /**
     * One queue's rule.
     *
     * @param finishedBefore completed, cancelled and expired jobs that ended before this go
     * @param discardedBefore discarded jobs set aside before this go; {@code null}: none ever
     */
    public record Rule(Instant finishedBefore, @Nullable Instant discardedBefore) {}

    /** Copies the rules. */
    public PruneRules {
        byQueue = Map.copyOf(byQueue);
    }

    /** One rule for every queue, which keeps discarded jobs. */
    public static PruneRules finishedBefore(Instant moment) {
        return new PruneRules(moment, Map.of(), new Rule(moment, null));
    }

    /** The rule of a queue. */
    public Rule of(String queue) {
        return byQueue.getOrDefault(queue, others);
    }

    /** Nothing that ended at or after this moment goes, in whatever queue. */
    public Instant latest() {
        Instant latest = latest(others);
        for (Rule rule : byQueue.values()) {
            Instant each = latest(rule);
            latest = each.isAfter(latest) ? each : latest;
        }
        return latest;
    }

    private static Instant latest(Rule rule) {
        Instant discarded = rule.discardedBefore();
        return discarded != null && discarded.isAfter(rule.finishedBefore())
                ? discarded
                : rule.finishedBefore();
    }
}
