package dev.millrace.store;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.store.KeyRate.Kind;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * The limits by key of a queue, for the whole cluster. A key that is not named here limits nothing.
 *
 * @param perKey by the name of a key, how many jobs with the same value of it may be admitted at
 *     once, 1 to 1,000,000; at most {@value #MOST} names
 * @param rates by the name of a key, how often jobs with the same value of it may be admitted; at
 *     most {@value #MOST} names
 */
public record QueueLimits(Map<String, Integer> perKey, Map<String, KeyRate> rates) {
    /** The most names of keys that limit one queue. */
    public static final int MOST = 20;

    /** Nothing is limited. */
    public static final QueueLimits NONE = new QueueLimits(Map.of(), Map.of());

    private static final int LARGEST = 1_000_000;

    /** Without rates. */
    public QueueLimits(Map<String, Integer> perKey) {
        this(perKey, Map.of());
    }

    /** Checks bounds and copies the maps. */
    public QueueLimits {
        if (perKey.size() > MOST || rates.size() > MOST) {
            throw MillraceException.invalid(
                    "at most %d keys may limit a queue, got %d; nothing was changed"
                            .formatted(MOST, Math.max(perKey.size(), rates.size())));
        }
        rates.keySet().forEach(name -> Names.check("the name of a key", name));
        rates = Map.copyOf(rates);
        perKey.forEach((name, limit) -> {
            Names.check("the name of a key", name);
            if (limit < 1 || limit > LARGEST) {
                throw MillraceException.invalid(
                        "the limit of key '%s' must be 1 to %d, got %d; nothing was changed"
                                .formatted(name, LARGEST, limit));
            }
        });
        perKey = Map.copyOf(perKey);
    }

    /** Whether nothing is limited. */
    public boolean isNone() {
        return perKey.isEmpty() && rates.isEmpty();
    }

    /** The same with another limit for a key's name. */
    public QueueLimits withKey(String name, int limit) {
        var all = new TreeMap<>(perKey);
        all.put(name, limit);
        return new QueueLimits(all, rates);
    }

    /** The same without a limit for a key's name. */
    public QueueLimits withoutKey(String name) {
        var all = new TreeMap<>(perKey);
        all.remove(name);
        return new QueueLimits(all, rates);
    }

    /** The same with another rate for a key's name. */
    public QueueLimits withRate(String name, KeyRate rate) {
        var all = new TreeMap<>(rates);
        all.put(name, rate);
        return new QueueLimits(perKey, all);
    }

    /** The same without a rate for a key's name. */
    public QueueLimits withoutRate(String name) {
        var all = new TreeMap<>(rates);
        all.remove(name);
        return new QueueLimits(perKey, all);
    }

    /** The form that stores keep: a line for each limit. Names need no escapes. */
    public String text() {
        var text = new StringBuilder();
        new TreeMap<>(perKey)
                .forEach((name, limit) -> text.append("key %s %d\n".formatted(name, limit)));
        new TreeMap<>(rates)
                .forEach((name, rate) ->
                        text.append(
                                "%s %s %d %d\n"
                                        .formatted(
                                                rate.kind().text(),
                                                name,
                                                rate.count(),
                                                rate.per().toMillis())));
        return text.toString();
    }

    /**
     * Reads the form that stores keep.
     *
     * @throws MillraceException with {@code invalid-input} when it is not of that form
     */
    public static QueueLimits of(String text) {
        var perKey = new TreeMap<String, Integer>();
        var rates = new TreeMap<String, KeyRate>();
        for (String line : text.lines().toList()) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("key") && words.length == 3) {
                perKey.put(words[1], number(words[2], line));
            } else if (words.length == 4 && words[0].matches("bucket|window")) {
                var kind = words[0].equals("bucket") ? Kind.BUCKET : Kind.WINDOW;
                var per = Duration.ofMillis(number(words[3], line));
                rates.put(words[1], new KeyRate(kind, number(words[2], line), per));
            } else {
                throw unreadable(line);
            }
        }
        return new QueueLimits(perKey, rates);
    }

    private static int number(String word, String line) {
        if (!word.matches("[0-9]{1,8}")) {
            throw unreadable(line);
        }
        return Integer.parseInt(word);
    }

    private static MillraceException unreadable(String line) {
        return MillraceException.invalid(
                "a stored limit must read 'key NAME NUMBER' or 'bucket|window NAME COUNT MILLIS',"
                        + " got '%s'".formatted(line));
    }
}
