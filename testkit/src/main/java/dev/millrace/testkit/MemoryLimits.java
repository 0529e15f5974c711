package dev.millrace.testkit;

import dev.millrace.store.Entrant;
import dev.millrace.store.Entrant.Place;
import dev.millrace.store.Gate;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.QueueLimits;
import dev.millrace.testkit.MemoryState.Taken;
import dev.millrace.testkit.MemoryState.Waiting;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Jobs with keys at the gate, in lines and admitted. */
final class MemoryLimits implements LimitStore {
    private static final Comparator<Waiting> ORDER =
            Comparator.comparingInt(Waiting::priority).reversed().thenComparingLong(Waiting::entry);

    private final MemoryState state;

    MemoryLimits(MemoryState state) {
        this.state = state;
    }

    @Override
    public Map<String, QueueLimits> limits() {
        synchronized (state) {
            return new TreeMap<>(state.limits);
        }
    }

    @Override
    public void limit(String queue, QueueLimits limits) {
        synchronized (state) {
            if (limits.isNone()) {
                state.limits.remove(queue);
            } else {
                state.limits.put(queue, limits);
            }
        }
        state.announce();
    }

    @Override
    public void declare(String queue, QueueLimits limits) {
        boolean isNew;
        synchronized (state) {
            isNew = !limits.equals(state.declared.put(queue, limits));
        }
        if (isNew) {
            limit(queue, limits);
        }
    }

    @Override
    public Gate gate(Set<String> closed, int max) {
        synchronized (state) {
            var admitted = new HashSet<Long>();
            var ready = new HashMap<String, Integer>();
            for (var spot : state.spots.values()) {
                if (isKeyed(spot.jobId())) {
                    if (spot instanceof Taken) {
                        admitted.add(spot.jobId());
                    } else if (spot instanceof Waiting row && row.line() == 0) {
                        admitted.add(spot.jobId());
                        ready.merge(row.queue(), 1, Integer::sum);
                    }
                }
            }
            var entrants =
                    state.waiting.stream()
                            .filter(row -> row.line() == Waiting.GATE)
                            .filter(row -> !closed.contains(row.queue()))
                            .sorted(ORDER)
                            .limit(max)
                            .map(row -> entrant(row, 1))
                            .toList();
            return new Gate(admitted, ready, entrants);
        }
    }

    private boolean isKeyed(long jobId) {
        return !state.body(jobId).terms().keys().isEmpty();
    }

    private Entrant entrant(Waiting row, int nth) {
        int lane = row.line() == Waiting.GATE ? 0 : -row.line();
        return new Entrant(
                row.jobId(),
                keys(state.body(row.jobId())),
                0,
                new Place(lane, row.priority(), row.entry()),
                nth);
    }

    private static List<LimitKey> keys(NewJob body) {
        return new TreeMap<>(body.terms().keys())
                .entrySet().stream()
                        .map(key -> new LimitKey(body.queue(), key.getKey(), key.getValue()))
                        .toList();
    }

    @Override
    public Map<Long, List<LimitKey>> keys(Collection<Long> jobIds) {
        synchronized (state) {
            var found = new TreeMap<Long, List<LimitKey>>();
            for (long id : jobIds) {
                var body = state.bodies.get(id);
                if (body != null) {
                    found.put(id, keys(body));
                }
            }
            return found;
        }
    }

    @Override
    public Map<LimitKey, Integer> lines(Collection<LimitKey> keys) {
        synchronized (state) {
            var found = new HashMap<LimitKey, Integer>();
            state.lines.forEach((line, key) -> {
                if (keys.contains(key)) {
                    found.put(key, line);
                }
            });
            for (var key : keys) {
                if (!found.containsKey(key)) {
                    state.lines.put(++state.lastLine, key);
                    found.put(key, state.lastLine);
                }
            }
            return found;
        }
    }

    @Override
    public Map<Integer, LimitKey> lines(int after) {
        synchronized (state) {
            var found = new TreeMap<Integer, LimitKey>();
            state.lines.tailMap(after, false).entrySet().stream()
                    .limit(MOST)
                    .forEach(line -> found.put(line.getKey(), line.getValue()));
            return found;
        }
    }

    @Override
    public void remove(long epoch, Collection<Integer> lines) {
        synchronized (state) {
            if (isNow(epoch)) {
                for (int line : lines) {
                    if (state.waiting.stream().noneMatch(row -> row.line() == line)) {
                        state.lines.remove(line);
                    }
                }
            }
        }
    }

    private boolean isNow(long epoch) {
        var lease = state.leases.get(LEASE);
        return lease != null && lease.epoch() == epoch;
    }

    @Override
    public List<Entrant> heads(Map<Integer, Integer> wanted) {
        synchronized (state) {
            var found = new ArrayList<Entrant>();
            new TreeMap<>(wanted)
                    .forEach((line, count) -> {
                        var rows =
                                state.waiting.stream()
                                        .filter(row -> row.line() == line)
                                        .sorted(ORDER)
                                        .limit(count)
                                        .toList();
                        for (int i = 0; i < rows.size(); i++) {
                            found.add(entrant(rows.get(i), i + 1));
                        }
                    });
            return found;
        }
    }

    @Override
    public Optional<Set<Long>> move(long epoch, List<Entrant.Move> moves) {
        var moved = new HashSet<Long>();
        synchronized (state) {
            if (!isNow(epoch)) {
                return Optional.empty();
            }
            for (var move : moves) {
                var place = move.entrant().place();
                int line = place.lane() == 0 ? Waiting.GATE : -place.lane();
                if (state.spots.get(move.entrant().jobId()) instanceof Waiting row
                        && row.line() == line
                        && row.entry() == place.pos()) {
                    state.lift(row);
                    state.place(
                            new Waiting(
                                    row.queue(),
                                    row.priority(),
                                    move.line() == 0 ? ++state.lastEntry : row.entry(),
                                    row.jobId(),
                                    row.attempt(),
                                    row.rescues(),
                                    move.line()));
                    moved.add(row.jobId());
                }
            }
        }
        if (!moved.isEmpty()) {
            state.announce();
        }
        return Optional.of(moved);
    }

    @Override
    public Map<Long, LimitKey> holding(Collection<Long> jobIds) {
        synchronized (state) {
            var found = new TreeMap<Long, LimitKey>();
            for (long id : jobIds) {
                var key =
                        state.spots.get(id) instanceof Waiting row
                                ? state.lines.get(row.line())
                                : null;
                if (key != null) {
                    found.put(id, key);
                }
            }
            return found;
        }
    }
}
