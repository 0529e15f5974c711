package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * The rarer things a caller may say of a job. Immutable.
 *
 * @param unique at most one job for this key
 * @param idempotencyKey the same request sent again within 24 h is answered with the first one's
 *     job, also after that ended; another request with the same key is refused. 1 to 200
 *     characters, as names are
 * @param expiry when the job is no longer worth starting
 * @param timeout the longest one attempt may take; overrides the task's
 * @param keys named keys by which limits count
 * @param weight as how many jobs limits and rates count it, 1 to {@value JobTerms#MAX_WEIGHT}
 * @param durability what the receipt has to be worth; {@code null} for what the queue's receipts
 *     are worth where it is enqueued, on disk unless something else was said there
 */
public record JobOptions(
        @Nullable UniqueKey unique,
        @Nullable String idempotencyKey,
        @Nullable Expiry expiry,
        @Nullable Duration timeout,
        Map<String, String> keys,
        int weight,
        @Nullable Durability durability) {

    /** How long an idempotency key answers. */
    public static final Duration IDEMPOTENCY_WINDOW = Duration.ofHours(24);

    /** Nothing said: no key, no end of life, no timeout, weight 1, as durable as its queue. */
    public static final JobOptions NONE = new JobOptions(null, null, null, null, Map.of(), 1, null);

    /** When a job that has not started is given up. */
    public sealed interface Expiry {
        /**
         * This long after it was accepted.
         *
         * @param ttl more than zero, at most 365 days
         */
        record After(Duration ttl) implements Expiry {
            /** Checks the bound. */
            public After {
                if (ttl.isZero()) {
                    throw MillraceException.invalid(
                            "ttl must be longer than 0s; nothing was accepted");
                }
                Waits.check("ttl", ttl);
            }
        }

        /**
         * At this moment.
         *
         * @param at from year 1970 to year 9999
         */
        record At(Instant at) implements Expiry {
            /** Checks the moment. */
            public At {
                Waits.check("expires-at", at);
            }
        }
    }

    /** Checks what can be checked without a clock, and copies the keys. */
    public JobOptions {
        if (idempotencyKey != null) {
            Names.check("idempotency key", idempotencyKey);
        }
        // the same bounds as when stored
        JobTerms.checkWeight(weight);
        keys = new JobTerms(null, null, timeout, keys).keys();
    }

    JobOptions unique(UniqueKey newUnique) {
        return new JobOptions(newUnique, idempotencyKey, expiry, timeout, keys, weight, durability);
    }

    JobOptions idempotencyKey(String key) {
        return new JobOptions(unique, key, expiry, timeout, keys, weight, durability);
    }

    JobOptions expiry(Expiry newExpiry) {
        return new JobOptions(unique, idempotencyKey, newExpiry, timeout, keys, weight, durability);
    }

    JobOptions timeout(Duration newTimeout) {
        return new JobOptions(unique, idempotencyKey, expiry, newTimeout, keys, weight, durability);
    }

    JobOptions key(String name, String value) {
        var more = new TreeMap<>(keys);
        more.put(name, value);
        return new JobOptions(unique, idempotencyKey, expiry, timeout, more, weight, durability);
    }

    JobOptions weight(int newWeight) {
        return new JobOptions(unique, idempotencyKey, expiry, timeout, keys, newWeight, durability);
    }

    JobOptions durability(Durability level) {
        return new JobOptions(unique, idempotencyKey, expiry, timeout, keys, weight, level);
    }
}
