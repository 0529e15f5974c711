package dev.millrace.limit;

import dev.millrace.store.LimitKey;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which lines may go on: those whose turn it is, in their order, and those that wait for a moment.
 * Not thread-safe.
 */
final class Turns {
    private final Set<LimitKey> now = new LinkedHashSet<>();
    private final TreeSet<Later> later = new TreeSet<>();
    private final Map<LimitKey, Later> laterOf = new HashMap<>();
    private long laters;

    /** When a key has room again; ordered by that. */
    private record Later(long nanos, long number, LimitKey key) implements Comparable<Later> {
        @Override
        public int compareTo(Later other) {
            int first = Long.signum(nanos - other.nanos);
            return first != 0 ? first : Long.compare(number, other.number);
        }
    }

    /** It is this key's turn, after all whose turn it is already. */
    void add(LimitKey key) {
        now.add(key);
    }

    /** The first so many, whose turn is over. */
    List<LimitKey> take(int most) {
        var some = now.stream().limit(most).toList();
        some.forEach(now::remove);
        return some;
    }

    /** It is its turn at this moment; the earlier of two moments holds. */
    void at(LimitKey key, long nanos) {
        var known = laterOf.get(key);
        if (known == null || known.nanos() - nanos > 0) {
            if (known != null) {
                later.remove(known);
            }
            var entry = new Later(nanos, ++laters, key);
            later.add(entry);
            laterOf.put(key, entry);
        }
    }

    /** Nobody stands in its line. */
    void remove(LimitKey key) {
        now.remove(key);
    }

    /** It is as late as this: answers the keys whose moments have come. */
    List<LimitKey> due(long nanos) {
        var found = new LinkedHashSet<LimitKey>();
        while (!later.isEmpty() && later.first().nanos() - nanos <= 0) {
            var key = later.removeFirst().key();
            laterOf.remove(key);
            found.add(key);
        }
        return List.copyOf(found);
    }

    /** The next moment; {@code null} when none is waited for. */
    @Nullable Long nextNanos() {
        return later.isEmpty() ? null : later.first().nanos();
    }

    /** Forgets the moments, since what they came from has changed. */
    void forgetMoments() {
        later.clear();
        laterOf.clear();
    }
}
