package dev.millrace.limit;

import dev.millrace.store.KeyRate;
import dev.millrace.store.LimitKey;
import dev.millrace.store.QueueLimits;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What limits whom, put together from what is set on queues. Immutable.
 *
 * @param queues what is set on each
 * @param shared the least limit that queues set on something they share
 * @param sharedRates the slowest such rate
 */
record Rules(
        Map<String, QueueLimits> queues,
        Map<String, Integer> shared,
        Map<String, KeyRate> sharedRates) {
    static final Rules NONE = new Rules(Map.of(), Map.of(), Map.of());

    static Rules of(Map<String, QueueLimits> queues) {
        var shared = new HashMap<String, Integer>();
        var rates = new HashMap<String, KeyRate>();
        for (var limits : queues.values()) {
            limits.shared().forEach((name, most) -> shared.merge(name, most, Math::min));
            limits.sharedRates()
                    .forEach((name, rate) ->
                            rates.merge(
                                    name,
                                    rate,
                                    (one, other) -> one.isSlowerThan(other) ? one : other));
        }
        return new Rules(Map.copyOf(queues), shared, rates);
    }

    /** What is set on a queue. */
    QueueLimits of(String queue) {
        return queues.getOrDefault(queue, QueueLimits.NONE);
    }

    /** How many with a key may be admitted at once; {@code null} for any number. */
    @Nullable Integer limit(LimitKey key) {
        return key.isShared() ? shared.get(key.name()) : of(key.queue()).perKey().get(key.name());
    }

    /** How often some with a key may be admitted; {@code null} for any. */
    @Nullable KeyRate rate(LimitKey key) {
        if (key.isShared()) {
            return sharedRates.get(key.name());
        }
        var limits = of(key.queue());
        return key.isQueue() ? limits.rate() : limits.rates().get(key.name());
    }

    /** The queues whose jobs without keys are limited too. */
    Set<String> gated() {
        var found = new HashSet<String>();
        queues.forEach((queue, limits) -> {
            if (limits.isGated()) {
                found.add(queue);
            }
        });
        return found;
    }

    /** The queues that share something with others. */
    Set<String> sharing() {
        var found = new HashSet<String>();
        queues.forEach((queue, limits) -> {
            if (!limits.sharedNames().isEmpty()) {
                found.add(queue);
            }
        });
        return found;
    }

    /** Whether every job counts by the same keys under both. */
    boolean countsAs(Rules other) {
        var names = new HashSet<>(queues.keySet());
        names.addAll(other.queues.keySet());
        return names.stream()
                .allMatch(queue ->
                        (of(queue).rate() == null) == (other.of(queue).rate() == null)
                                && of(queue).sharedNames().equals(other.of(queue).sharedNames()));
    }
}
