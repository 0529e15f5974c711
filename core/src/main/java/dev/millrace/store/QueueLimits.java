package dev.millrace.store;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What limits the jobs of a queue in the whole cluster, besides how many of them run at once. Each
 * map has at most {@value #MOST} names; what is not named limits nothing.
 *
 * @param perKey by the name of a key, how many jobs with the same value of it may be admitted at
 *     once, 1 to 1,000,000
 * @param rates by the name of a key, how often jobs with the same value of it may be admitted
 * @param rate how often any job of the queue may be admitted; {@code null} for any
 * @param shared by the name of something that several queues use, how many of their jobs together
 *     may be admitted at once, 1 to 1,000,000; of what the queues say the least holds
 * @param sharedRates by such a name, how often their jobs together may be admitted; of what the
 *     queues say the slowest holds
 */
public record QueueLimits(
        Map<String, Integer> perKey,
        Map<String, KeyRate> rates,
        @Nullable KeyRate rate,
        Map<String, Integer> shared,
        Map<String, KeyRate> sharedRates) {
    /** The most names in one map. */
    public static final int MOST = 20;

    /** Nothing is limited. */
    public static final QueueLimits NONE =
            new QueueLimits(Map.of(), Map.of(), null, Map.of(), Map.of());

    private static final int LARGEST = 1_000_000;

    /** Limits by key alone. */
    public QueueLimits(Map<String, Integer> perKey) {
        this(perKey, Map.of());
    }

    /** Limits and rates by key alone. */
    public QueueLimits(Map<String, Integer> perKey, Map<String, KeyRate> rates) {
        this(perKey, rates, null, Map.of(), Map.of());
    }

    /** Checks bounds and copies the maps. */
    public QueueLimits {
        perKey = checked("key", perKey);
        shared = checked("shared", shared);
        rates = named("key", rates);
        sharedRates = named("shared", sharedRates);
    }

    private static Map<String, Integer> checked(String what, Map<String, Integer> limits) {
        limits.forEach((name, limit) -> {
            if (limit < 1 || limit > LARGEST) {
                throw MillraceException.invalid(
                        "the limit of %s '%s' must be 1 to %d, got %d; nothing was changed"
                                .formatted(what, name, LARGEST, limit));
            }
        });
        return named(what, limits);
    }

    private static <T> Map<String, T> named(String what, Map<String, T> limits) {
        if (limits.size() > MOST) {
            throw MillraceException.invalid(
                    "at most %d names of kind %s may limit a queue, got %d; nothing was changed"
                            .formatted(MOST, what, limits.size()));
        }
        limits.keySet().forEach(name -> Names.check("the name of a limit", name));
        return Map.copyOf(limits);
    }

    /** Whether nothing is limited. */
    public boolean isNone() {
        return equals(NONE);
    }

    /** Whether jobs without keys are limited too. */
    public boolean isGated() {
        return rate != null || !shared.isEmpty() || !sharedRates.isEmpty();
    }

    /** The names of what it shares with other queues. */
    public Set<String> sharedNames() {
        if (shared.isEmpty() && sharedRates.isEmpty()) {
            return Set.of();
        }
        var names = new TreeSet<>(shared.keySet());
        names.addAll(sharedRates.keySet());
        return names;
    }

    /** The same with another limit for a key's name; {@code null} for none. */
    public QueueLimits withKey(String name, @Nullable Integer limit) {
        return new QueueLimits(with(perKey, name, limit), rates, rate, shared, sharedRates);
    }

    /** The same with another rate for a key's name; {@code null} for none. */
    public QueueLimits withRate(String name, @Nullable KeyRate wanted) {
        return new QueueLimits(perKey, with(rates, name, wanted), rate, shared, sharedRates);
    }

    /** The same with another rate for the whole queue; {@code null} for none. */
    public QueueLimits withRate(@Nullable KeyRate wanted) {
        return new QueueLimits(perKey, rates, wanted, shared, sharedRates);
    }

    /** The same with another limit for something shared; {@code null} for none. */
    public QueueLimits withShared(String name, @Nullable Integer limit) {
        return new QueueLimits(perKey, rates, rate, with(shared, name, limit), sharedRates);
    }

    /** The same with another rate for something shared; {@code null} for none. */
    public QueueLimits withSharedRate(String name, @Nullable KeyRate wanted) {
        return new QueueLimits(perKey, rates, rate, shared, with(sharedRates, name, wanted));
    }

    private static <T> Map<String, T> with(Map<String, T> limits, String name, @Nullable T limit) {
        var all = new TreeMap<>(limits);
        if (limit == null) {
            all.remove(name);
        } else {
            all.put(name, limit);
        }
        return all;
    }

    /** The form that stores keep: a line for each limit. Names need no escapes. */
    public String text() {
        return LimitsText.write(this);
    }

    /**
     * Reads the form that stores keep.
     *
     * @throws MillraceException with {@code invalid-input} when it is not of that form
     */
    public static QueueLimits of(String text) {
        return LimitsText.read(text);
    }
}
