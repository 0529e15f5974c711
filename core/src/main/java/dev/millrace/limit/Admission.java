package dev.millrace.limit;

import dev.millrace.store.Entrant;
import dev.millrace.store.Gate;
import dev.millrace.store.KeyedJob;
import dev.millrace.store.LimitKey;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the one who admits knows: which jobs are admitted, how many that makes for each key, which
 * keys have a line, and which lines may go on. Nothing here looks at all lines or at all jobs that
 * wait. A job that weighs more than a limit or rate allows counts there as all of it. Not
 * thread-safe.
 */
final class Admission {
    /** So that one line does not have a round to itself. */
    private static final int MOST_OF_A_LINE = 200;

    private final int mostReady;
    private Rules rules = Rules.NONE;
    private final Map<Long, Counted> admitted = new HashMap<>();
    private final Map<LimitKey, Integer> counts = new HashMap<>();
    private final Map<LimitKey, Integer> lines = new HashMap<>();
    private final Set<LimitKey> waiting = new HashSet<>();

    /** What the first in a line weighs, where that was seen to be too much for its key's room. */
    private final Map<LimitKey, Integer> heads = new HashMap<>();

    /** Until when, by the monotonic clock. */
    private Map<LimitKey, Long> paused = Map.of();

    /** Of lines that queues share: those with heads that had to be sent back. */
    private final Set<LimitKey> clearing = new HashSet<>();

    private Set<String> resting = Set.of();
    private final Turns turns = new Turns();
    private final Rates rates;
    private final Set<LimitKey> idle = new LinkedHashSet<>();
    private Map<String, Integer> ready = new HashMap<>();

    /** By which keys an admitted job counts, and as how many. */
    private record Counted(List<LimitKey> keys, int weight) {}

    /**
     * @param mostReady of a queue, no more are admitted that wait to be claimed
     * @param nowNanos when the epoch begins, by the process's monotonic clock
     */
    Admission(int mostReady, long nowNanos) {
        this.mostReady = mostReady;
        this.rates = new Rates(nowNanos);
    }

    /** The limits have been read. Lines may go on that could not before. */
    void rules(Rules now) {
        if (!now.equals(rules)) {
            rules = now;
            turns.forgetMoments();
            waiting.forEach(turns::add);
        }
    }

    Rules rules() {
        return rules;
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

    /**
     * Takes note of who has left and of what is paused; answers those admitted of whom nothing is
     * known.
     *
     * @param until when pauses end, by the monotonic clock
     */
    List<Long> see(Gate gate, Map<LimitKey, Long> until) {
        var gone = new ArrayList<Long>();
        for (var id : admitted.keySet()) {
            if (!gate.admitted().contains(id)) {
                gone.add(id);
            }
        }
        gone.forEach(this::left);
        ready = new HashMap<>(gate.ready());
        paused = until;
        var unknown = new ArrayList<Long>();
        if (gate.admitted().size() > admitted.size()) {
            gate.admitted().stream().filter(id -> !admitted.containsKey(id)).forEach(unknown::add);
        }
        return unknown;
    }

    /** A job is admitted. */
    void enters(long jobId, KeyedJob job) {
        var counted = new Counted(job.under(rules.of(job.queue())), job.weight());
        if (admitted.putIfAbsent(jobId, counted) == null) {
            counted.keys().forEach(key -> counts.merge(key, counted.weight(), Integer::sum));
        }
    }

    /** A job is admitted no more, or was not after all. */
    void left(long jobId) {
        var gone = admitted.remove(jobId);
        if (gone == null) {
            return;
        }
        for (var key : gone.keys()) {
            counts.computeIfPresent(
                    key, (k, count) -> count <= gone.weight() ? null : count - gone.weight());
            if (waiting.contains(key)) {
                turns.add(key);
            } else if (lines.containsKey(key) && !counts.containsKey(key)) {
                idle.add(key);
            }
        }
    }

    /** It is as late as this now; keys that have room again have their turns. */
    void at(long nanos) {
        rates.at(nanos);
        turns.due(nanos).stream().filter(waiting::contains).forEach(turns::add);
    }

    /** When a line may go on that waits for a moment; {@code null} when none does. */
    @Nullable Long nextNanos() {
        return turns.nextNanos();
    }

    /**
     * How many jobs that weigh 1 may be admitted now with this key, and at least one of a weight.
     */
    private int room(LimitKey key, int weight) {
        if (paused.containsKey(key)) {
            return 0;
        }
        int room = Integer.MAX_VALUE;
        var limit = rules.limit(key);
        if (limit != null) {
            room = Math.max(0, limit - counts.getOrDefault(key, 0));
            if (room < Math.min(weight, limit)) {
                return 0;
            }
        }
        var rate = rules.rate(key);
        if (rate != null) {
            int left = rates.room(key, rate);
            if (left < Math.min(weight, rate.count())) {
                return 0;
            }
            room = Math.min(room, left);
        }
        return room;
    }

    private int headOf(LimitKey key) {
        return heads.getOrDefault(key, 1);
    }

    /** It has no room now; when that is for its rate or a pause, its turn comes by itself. */
    private void waitForMoment(LimitKey key) {
        var until = paused.get(key);
        if (until != null) {
            turns.at(key, until);
            return;
        }
        var rate = rules.rate(key);
        if (rate != null) {
            int needed = Math.min(headOf(key), rate.count());
            if (rates.room(key, rate) < needed) {
                turns.at(key, rates.roomAt(key, rate, needed));
            }
        }
    }

    /** These queues are paused, and share something with others that go on. */
    void rest(Set<String> now) {
        if (!now.equals(resting)) {
            resting = Set.copyOf(now);
            waiting.forEach(turns::add);
        }
    }

    Set<String> resting() {
        return resting;
    }

    /** Those of some queues of which anything waits to be claimed. */
    Set<String> ready(Set<String> queues) {
        var found = new HashSet<>(queues);
        found.retainAll(ready.keySet());
        return found;
    }

    /** Whether of a queue nothing is to be admitted now. */
    boolean isClosed(String queue) {
        return resting.contains(queue) || roomIn(queue) == 0;
    }

    /** Whether of some queue enough wait to be claimed. */
    boolean isFull() {
        return ready.values().stream().anyMatch(count -> count >= mostReady);
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
        for (var key : turns.take(most)) {
            if (resting.contains(key.queue())) {
                continue; // its turn comes with the queue's
            }
            int room = room(key, headOf(key));
            Integer line = lines.get(key);
            if (room == 0 || line == null) {
                waitForMoment(key);
                continue;
            }
            turns.add(key);
            int open = rooms.computeIfAbsent(key.queue(), this::roomIn);
            int take =
                    clearing.remove(key)
                            ? left
                            : Math.min(Math.min(room, open), Math.min(left, MOST_OF_A_LINE));
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
        heads.remove(key);
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
        var job = entrant.job();
        for (var key : job.under(rules.of(job.queue()))) {
            if (room(key, job.weight()) == 0 || from == null && waiting.contains(key)) {
                return key;
            }
        }
        return null;
    }

    /** A job goes to be claimed. */
    void admits(Entrant entrant) {
        var job = entrant.job();
        enters(entrant.jobId(), job);
        for (var key : job.under(rules.of(job.queue()))) {
            idle.remove(key);
            var rate = rules.rate(key);
            if (rate != null) {
                rates.spend(key, rate, Math.min(job.weight(), rate.count()));
            }
        }
        ready.merge(job.queue(), 1, Integer::sum);
    }

    /** A job goes into a line, and may be its first if it has the priority. */
    void parks(LimitKey key, int weight) {
        heads.computeIfPresent(key, (k, known) -> Math.min(known, weight));
        stands(key);
    }

    private void stands(LimitKey key) {
        waiting.add(key);
        idle.remove(key);
        if (room(key, headOf(key)) > 0) {
            turns.add(key);
        } else {
            waitForMoment(key);
        }
    }

    /** The first in a line stays there, since its key has no room for what it weighs. */
    void stays(LimitKey key, int weight) {
        heads.put(key, weight);
        stands(key);
    }

    /** The first in a line that queues share is sent back, and maybe many after it. */
    void clears(LimitKey key) {
        clearing.add(key);
        goes(key);
    }

    /** The first in a line leaves it; what the next one weighs is not known. */
    void goes(LimitKey key) {
        heads.remove(key);
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
