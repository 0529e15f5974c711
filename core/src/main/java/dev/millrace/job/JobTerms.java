package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a job was told beyond what every job is told; most jobs have none of it. Stored with the
 * job.
 *
 * @param unique the unique key it was accepted with
 * @param expiresAt it does not start after this moment
 * @param timeout the longest one attempt may take
 * @param keys named keys, such as {@code tenant=acme}, by which limits count; at most {@value
 *     #MAX_KEYS}
 * @param batch the batch it belongs to; 0 for none
 * @param weight as how many jobs limits and rates count it, 1 to {@value #MAX_WEIGHT}
 */
public record JobTerms(
        @Nullable String unique,
        @Nullable Instant expiresAt,
        @Nullable Duration timeout,
        Map<String, String> keys,
        long batch,
        int weight) {

    /** The most named keys one job may carry. */
    public static final int MAX_KEYS = 5;

    /** The most that a job may weigh. */
    public static final int MAX_WEIGHT = 1_000;

    /** Nothing was said. */
    public static final JobTerms NONE = new JobTerms(null, null, null, Map.of());

    /** What a job outside any batch was told. */
    public JobTerms(
            @Nullable String unique,
            @Nullable Instant expiresAt,
            @Nullable Duration timeout,
            Map<String, String> keys) {
        this(unique, expiresAt, timeout, keys, 0, 1);
    }

    /** What a member of a batch was told that counts as one job. */
    public JobTerms(
            @Nullable String unique,
            @Nullable Instant expiresAt,
            @Nullable Duration timeout,
            Map<String, String> keys,
            long batch) {
        this(unique, expiresAt, timeout, keys, batch, 1);
    }

    /** Checks bounds and names and copies the keys. */
    public JobTerms {
        if (timeout != null && (timeout.toMillis() < 1 || timeout.compareTo(Waits.MAX) > 0)) {
            throw MillraceException.invalid(
                    "timeout must be 1ms to 365 days, got %s; nothing was accepted"
                            .formatted(timeout));
        }
        if (keys.size() > MAX_KEYS) {
            throw MillraceException.invalid(
                    "a job may carry at most %d keys, got %d; nothing was accepted"
                            .formatted(MAX_KEYS, keys.size()));
        }
        keys.forEach((name, value) -> {
            Names.check("the name of a key", name);
            Names.check("the value of key '" + name + "'", value);
        });
        checkWeight(weight);
        keys = Map.copyOf(keys);
    }

    static int checkWeight(int weight) {
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw MillraceException.invalid(
                    "a job's weight must be 1 to %d, got %d; nothing was accepted"
                            .formatted(MAX_WEIGHT, weight));
        }
        return weight;
    }

    /** The same, as a member of a batch. */
    public JobTerms inBatch(long newBatch) {
        return new JobTerms(unique, expiresAt, timeout, keys, newBatch, weight);
    }

    /** Whether nothing was said. */
    public boolean isNone() {
        return unique == null
                && expiresAt == null
                && timeout == null
                && keys.isEmpty()
                && batch == 0
                && weight == 1;
    }

    /** The form that stores keep: a small JSON object, empty text for {@link #NONE}. */
    public String text() {
        if (isNone()) {
            return "";
        }
        // names need no escapes
        var text = new StringBuilder("{");
        if (unique != null) {
            text.append(",\"unique\":\"").append(unique).append('"');
        }
        if (expiresAt != null) {
            text.append(",\"expires\":").append(micros(expiresAt));
        }
        if (timeout != null) {
            text.append(",\"timeout\":").append(timeout.toMillis());
        }
        if (!keys.isEmpty()) {
            text.append(",\"keys\":{");
            char comma = ' ';
            for (var key : new TreeMap<>(keys).entrySet()) {
                if (comma != ' ') {
                    text.append(comma);
                }
                comma = ',';
                text.append('"').append(key.getKey()).append("\":\"");
                text.append(key.getValue()).append('"');
            }
            text.append('}');
        }
        if (batch != 0) {
            text.append(",\"batch\":").append(batch);
        }
        if (weight != 1) {
            text.append(",\"weight\":").append(weight);
        }
        return text.append('}').deleteCharAt(1).toString();
    }

    /**
     * Reads the form that stores keep.
     *
     * @throws MillraceException with {@code invalid-input} when it is not of that form
     */
    public static JobTerms of(@Nullable String text) {
        return text == null || text.isEmpty() ? NONE : RecentTerms.SHARED.read(text);
    }

    private static long micros(Instant at) {
        return Math.addExact(
                Math.multiplyExact(at.getEpochSecond(), 1_000_000L), at.getNano() / 1_000);
    }
}
