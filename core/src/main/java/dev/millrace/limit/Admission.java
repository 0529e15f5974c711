package dev.millrace.limit;

import dev.millrace.store.Entrant;
import dev.millrace.store.Gate;
import dev.millrace.store.KeyRate;
import dev.millrace.store.LimitKey;
import dev.millrace.store.QueueLimits;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the one who admits knows: which jobs are admitted, how many that makes for each key, which
 * keys have a line, and which lines may go on. Nothing here looks at all lines or at all jobs that
 * wait. Not thread-safe.
 */
final class Admission {
    /** So that one line does not have a round to itself. */
    private static final int MOST_OF_A_LINE = 200;

    private final int mostReady;
    private Map<String, QueueLimits> limits = Map.of();
    private final Map<Long, List<LimitKey>> admitted = new HashMap<>();
    private final Map<LimitKey, Integer> counts = new HashMap<>();
    private final Map<LimitKey, Integer> lines = new HashMap<>();
    private final Set<LimitKey> waiting = new HashSet<>();

    /** Lines with somebody in them whose key may have room; in the order of their turns. */
    private final Set<LimitKey> turns = new LinkedHashSet<>();

    /** Keys whose rate has no room, by when it has again. */
    private final TreeSet<Later> later = new TreeSet<>();

    private final Map<LimitKey, Later> laterOf = new HashMap<>();
    private long laters;
    private final Rates rates;

    private final Set<LimitKey> idle = new LinkedHashSet<>();
    private Map<String, Integer> ready = new HashMap<>();

    /** When a key's rate has room again; ordered by that. */
    private record Later(long nanos, long number, LimitKey key) implements Comparable<Later> {
        @Override
        public int compareTo(Later other) {
            int first = Long.signum(nanos - other.nanos);
            return first != 0 ? first : Long.compare(number, other.number);
        }
    }

    /**
     * @param mostReady of a queue, no more are admitted that wait to be claimed
     * @param nowNanos when the epoch begins, by the process's monotonic clock
     */
    Admission(int mostReady, long nowNanos) {
        this.mostReady = mostReady;
        this.rates = new Rates(nowNanos);
    }

    /** The limits have been read. Lines may go on that could not before. */
    void limits(Map<String, QueueLimits> now) {
        if (!now.equals(limits)) {
            limits = Map.copyOf(now);
            later.clear();
            laterOf.clear();
            turns.addAll(waiting);
        }
    }

    /** A line that was there already; somebody may stand in it. */
    void found(LimitKey key, int line) {
        lines.put(key, line);
        waiting.add(key);
        turns.add(key);
    }

    /** A line that was made. */
    void made(LimitKey key, int line) {
        lines.put(key, line);
    }

    /** Takes note of who has left; answers those admitted of whom nothing is known. */
    List<Long> see(Gate gate) {
        for (var gone : admitted.keySet().stream().filter(id -> !isIn(gate, id)).toList()) {
            left(gone);
        }
        ready = new HashMap<>(gate.ready());
        return gate.admitted().stream().filter(id -> !admitted.containsKey(id)).toList();
    }

    private static boolean isIn(Gate gate, long jobId) {
        return gate.admitted().contains(jobId);
    }

    /** A job is admitted. */
    void enters(long jobId, List<LimitKey> keys) {
        if (admitted.putIfAbsent(jobId, keys) == null) {
            keys.forEach(key -> counts.merge(key, 1, Integer::sum));
        }
    }

    /** A job is admitted no more, or was not after all. */
    void left(long jobId) {
        var keys = admitted.remove(jobId);
        if (keys == null) {
            return;
        }
        for (var key : keys) {
            counts.computeIfPresent(key, (k, count) -> count == 1 ? null : count - 1);
            if (waiting.contains(key)) {
                turns.add(key);
            } else if (lines.containsKey(key) && !counts.containsKey(key)) {
                idle.add(key);
            }
        }
    }

    /** It is as late as this now; keys whose rate has room again have their turns. */
    void at(long nanos) {
        rates.at(nanos);
        while (!later.isEmpty() && later.first().nanos() - nanos <= 0) {
            var first = later.first();
            var key = first.key();
            later.remove(first);
            laterOf.remove(key);
            if (waiting.contains(key)) {
                turns.add(key);
            }
        }
    }

    /** When a line may go on that waits for a rate; {@code null} when none does. */
    @Nullable Long nextNanos() {
        return later.isEmpty() ? null : later.first().nanos();
    }

    /** How many jobs with this key may be admitted now. */
    int room(LimitKey key) {
        var of = limits.getOrDefault(key.queue(), QueueLimits.NONE);
        var limit = of.perKey().get(key.name());
        int room =
                limit == null
                        ? Integer.MAX_VALUE
                        : Math.max(0, limit - counts.getOrDefault(key, 0));
        var rate = of.rates().get(key.name());
        return rate == null ? room : Math.min(room, rates.room(key, rate));
    }

    private @Nullable KeyRate rate(LimitKey key) {
        return limits.getOrDefault(key.queue(), QueueLimits.NONE).rates().get(key.name());
    }

    /** It has no room now; when that is for its rate, its turn comes by itself. */
    private void waitForRate(LimitKey key) {
        var rate = rate(key);
        if (rate != null && rates.room(key, rate) == 0 && !laterOf.containsKey(key)) {
            var at = new Later(rates.roomAt(key, rate), ++laters, key);
            later.add(at);
            laterOf.put(key, at);
        }
    }

    /** The queues of which enough wait to be claimed. */
    Set<String> closed() {
        var found = new HashSet<String>();
        ready.forEach((queue, count) -> {
            if (count >= mostReady) {
                found.add(queue);
            }
        });
        return found;
    }

    private int roomIn(String queue) {
        return Math.max(0, mostReady - ready.getOrDefault(queue, 0));
    }

    /**
     * From which lines how many may go on, each line in its turn.
     *
     * @param most of all together
     */
    Map<Integer, Integer> wanted(int most) {
        var found = new HashMap<Integer, Integer>();
        var rooms = new HashMap<String, Integer>();
        int left = most;
        for (var key : turns.stream().limit(most).toList()) {
            turns.remove(key);
            int room = room(key);
            Integer line = lines.get(key);
            if (room == 0 || line == null) {
                waitForRate(key);
                continue;
            }
            turns.add(key);
            int open = rooms.computeIfAbsent(key.queue(), this::roomIn);
            int take = Math.min(Math.min(room, open), Math.min(left, MOST_OF_A_LINE));
            if (take > 0) {
                found.put(line, take);
                rooms.put(key.queue(), open - take);
                left -= take;
            }
        }
        return found;
    }

    /** Fewer stood in a line than were asked for, so that it is empty now. */
    void drained(LimitKey key) {
        waiting.remove(key);
        turns.remove(key);
        if (!counts.containsKey(key)) {
            idle.add(key);
        }
    }

    /**
     * In whose line a job has to wait; {@code null} when it may be admitted. At the gate it may not
     * pass those who wait already; at the head of a line it has waited, and needs only room.
     *
     * @param from the key in whose line it stands at the head; {@code null} at the gate
     */
    @Nullable LimitKey holding(Entrant entrant, @Nullable LimitKey from) {
        for (var key : entrant.keys()) {
            if (room(key) == 0 || from == null && waiting.contains(key)) {
                return key;
            }
        }
        return null;
    }

    /** A job goes to be claimed. */
    void admits(Entrant entrant) {
        enters(entrant.jobId(), entrant.keys());
        for (var key : entrant.keys()) {
            idle.remove(key);
            var rate = rate(key);
            if (rate != null) {
                rates.spend(key, rate);
            }
        }
        ready.merge(queueOf(entrant), 1, Integer::sum);
    }

    private static String queueOf(Entrant entrant) {
        return entrant.keys().isEmpty() ? "" : entrant.keys().getFirst().queue();
    }

    /** A job goes into a line. */
    void parks(LimitKey key) {
        waiting.add(key);
        idle.remove(key);
        if (room(key) > 0) {
            turns.add(key);
        } else {
            waitForRate(key);
        }
    }

    /** The number of a key's line; {@code null} when it has none yet. */
    @Nullable Integer line(LimitKey key) {
        return lines.get(key);
    }

    /** Whether somebody stands in a line. */
    boolean isAnyoneWaiting() {
        return !waiting.isEmpty();
    }

    /** Forgets lines in which nobody stands and whose keys nobody admitted has; at most so many. */
    Collection<Integer> takeIdle(int most) {
        var found = new ArrayList<Integer>();
        for (var key : idle.stream().limit(most).toList()) {
            idle.remove(key);
            if (!waiting.contains(key) && !counts.containsKey(key)) {
                Integer line = lines.remove(key);
                if (line != null) {
                    found.add(line);
                }
            }
        }
        return found;
    }
}
