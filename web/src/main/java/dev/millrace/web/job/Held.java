package dev.millrace.web.job;

import dev.millrace.store.Gate;
import dev.millrace.store.JobStore;
import dev.millrace.store.KeyRate;
import dev.millrace.store.KeyedJob;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.QueueLimits;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Why jobs wait in the lines of keys. */
public final class Held {
    private final Map<String, QueueLimits> limits;
    private final Map<LimitKey, Instant> paused;

    /** How much of each key is admitted, where it decides what is said. */
    private final Map<LimitKey, Integer> taken;

    /**
     * Two round trips, and where a key has both a limit and a rate some more, in proportion to what
     * is admitted.
     */
    public Held(JobStore store, Collection<LimitKey> keys, Instant now) {
        limits = store.limits().limits();
        paused = store.limits().paused(keys, now);
        boolean both = keys.stream().anyMatch(key -> most(key) != null && rate(key) != null);
        taken = both ? taken(store.limits(), now) : Map.of();
    }

    private Map<LimitKey, Integer> taken(LimitStore store, Instant now) {
        var gated = new HashSet<String>();
        limits.forEach((queue, its) -> {
            if (its.isGated()) {
                gated.add(queue);
            }
        });
        var look = new Gate.Look(limits.keySet(), 1, gated, 1, false, now);
        var admitted = List.copyOf(store.gate(look).admitted());
        var found = new HashMap<LimitKey, Integer>();
        for (int from = 0; from < admitted.size(); from += LimitStore.MOST) {
            int to = Math.min(admitted.size(), from + LimitStore.MOST);
            for (KeyedJob job : store.keys(admitted.subList(from, to)).values()) {
                job.under(of(job.queue()))
                        .forEach(key -> found.merge(key, job.weight(), Integer::sum));
            }
        }
        return found;
    }

    JobView.Waiting of(LimitKey key) {
        Instant until = paused.get(key);
        if (until != null) {
            return new JobView.Waiting(
                    "rate-limit",
                    "a job asked for jobs of %s to wait until %s".formatted(key, until));
        }
        Integer most = most(key);
        KeyRate rate = rate(key);
        String often = "jobs of %s may begin at most %s".formatted(key, rate);
        boolean room = most != null && rate != null && taken.getOrDefault(key, 0) < most;
        if (most != null && !room) {
            String full = "at most %d jobs of %s may run in all processes".formatted(most, key);
            return new JobView.Waiting("key-limit", rate == null ? full : full + ", and " + often);
        }
        return rate == null
                ? new JobView.Waiting(
                        "next", "what held jobs of %s was lifted a moment ago".formatted(key))
                : new JobView.Waiting("rate-limit", often);
    }

    private QueueLimits of(String queue) {
        return limits.getOrDefault(queue, QueueLimits.NONE);
    }

    private @Nullable Integer most(LimitKey key) {
        if (!key.isShared()) {
            return of(key.queue()).perKey().get(key.name());
        }
        return limits.values().stream()
                .map(each -> each.shared().get(key.name()))
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    private @Nullable KeyRate rate(LimitKey key) {
        if (!key.isShared()) {
            var own = of(key.queue());
            return key.isQueue() ? own.rate() : own.rates().get(key.name());
        }
        return limits.values().stream()
                .map(each -> each.sharedRates().get(key.name()))
                .filter(Objects::nonNull)
                .reduce((one, other) -> one.isSlowerThan(other) ? one : other)
                .orElse(null);
    }
}
