package dev.millrace.web.job;

import dev.millrace.store.JobStore;
import dev.millrace.store.KeyRate;
import dev.millrace.store.LimitKey;
import dev.millrace.store.QueueLimits;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;

/** Why jobs wait in the lines of keys. */
public final class Held {
    private final Map<String, QueueLimits> limits;
    private final Map<LimitKey, Instant> paused;

    /** Two round trips. */
    public Held(JobStore store, Collection<LimitKey> keys, Instant now) {
        limits = store.limits().limits();
        paused = store.limits().paused(keys, now);
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
        if (most != null) {
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
