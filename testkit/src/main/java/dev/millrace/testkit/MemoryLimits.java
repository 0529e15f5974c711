package dev.millrace.testkit;

import dev.millrace.store.Entrant;
import dev.millrace.store.Entrant.Place;
import dev.millrace.store.Gate;
import dev.millrace.store.KeyedJob;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueLimits;
import dev.millrace.testkit.MemoryState.Taken;
import dev.millrace.testkit.MemoryState.Waiting;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

    private static final Comparator<Waiting> BY_AGE = Comparator.comparingLong(Waiting::entry);

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
            var before = state.controls.getOrDefault(queue, QueueControl.NONE);
            var control = new QueueControl(before.paused(), before.maxRunning(), limits.isGated());
            if (control.equals(QueueControl.NONE)) {
                state.controls.remove(queue);
            } else {
                state.controls.put(queue, control);
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
    public void pause(LimitKey key, Instant until, Instant now) {
        synchronized (state) {
            state.pauses.values().removeIf(end -> !end.isAfter(now));
            state.pauses.merge(
                    key,
                    until.truncatedTo(ChronoUnit.MICROS),
                    (one, other) -> one.isAfter(other) ? one : other);
        }
    }

    @Override
    public Map<LimitKey, Instant> paused(Collection<LimitKey> keys, Instant now) {
        synchronized (state) {
            var found = paused(now);
            found.keySet().retainAll(Set.copyOf(keys));
            return found;
        }
    }

    private Map<LimitKey, Instant> paused(Instant now) {
        var found = new HashMap<>(state.pauses);
        found.values().removeIf(end -> !end.isAfter(now));
        return found;
    }

    @Override
    public Gate gate(Gate.Look look) {
        synchronized (state) {
            var admitted = new HashSet<Long>();
            var ready = new HashMap<String, Integer>();
            for (var spot : state.spots.values()) {
                if (spot instanceof Taken row && row.admitted()) {
                    admitted.add(row.jobId());
                } else if (spot instanceof Waiting row && row.line() == Waiting.ADMITTED) {
                    admitted.add(row.jobId());
                    ready.merge(row.queue(), 1, Integer::sum);
                }
            }
            var entrants =
                    state.waiting.stream()
                            .filter(row ->
                                    row.line() == Waiting.GATE
                                            || row.line() == 0
                                                    && look.gated().contains(row.queue()))
                            .filter(row -> look.wants(row.queue(), ready))
                            .sorted(look.aged() ? BY_AGE : ORDER)
                            .limit(look.max())
                            .map(row -> entrant(row, 1))
                            .toList();
            return new Gate(admitted, ready, paused(look.now()), entrants);
        }
    }

    private Entrant entrant(Waiting row, int nth) {
        // lanes below 0 are lines
        int lane = row.line() > 0 ? -row.line() : row.line() - Waiting.ADMITTED;
        return new Entrant(
                row.jobId(),
                counted(state.body(row.jobId())),
                0,
                new Place(lane, row.priority(), row.entry()),
                nth);
    }

    private static KeyedJob counted(NewJob body) {
        return new KeyedJob(body.queue(), body.terms().keys(), body.terms().weight());
    }

    @Override
    public Map<Long, KeyedJob> keys(Collection<Long> jobIds) {
        synchronized (state) {
            var found = new TreeMap<Long, KeyedJob>();
            for (long id : jobIds) {
                var body = state.bodies.get(id);
                if (body != null) {
                    found.put(id, counted(body));
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
    public List<Entrant> heads(Map<Integer, Integer> wanted, boolean aged) {
        synchronized (state) {
            var found = new ArrayList<Entrant>();
            new TreeMap<>(wanted)
                    .forEach((line, count) -> {
                        var rows =
                                state.waiting.stream()
                                        .filter(row -> row.line() == line)
                                        .sorted(aged ? BY_AGE : ORDER)
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
    public Set<String> pausedQueues() {
        synchronized (state) {
            var found = new HashSet<String>();
            state.controls.forEach((queue, control) -> {
                if (control.paused()) {
                    found.add(queue);
                }
            });
            return found;
        }
    }

    @Override
    public List<Entrant> ready(Set<String> queues, int max) {
        synchronized (state) {
            return state.waiting.stream()
                    .filter(row -> row.line() == Waiting.ADMITTED && queues.contains(row.queue()))
                    .sorted(ORDER)
                    .limit(max)
                    .map(row -> entrant(row, 1))
                    .toList();
        }
    }

    private int target(Entrant.Move move) {
        return switch (move.line()) {
            case 0 -> Waiting.ADMITTED;
            case Entrant.Move.BACK -> move.entrant().job().keys().isEmpty() ? 0 : Waiting.GATE;
            default -> move.line();
        };
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
                int line = place.lane() < 0 ? -place.lane() : place.lane() + Waiting.ADMITTED;
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
                                    target(move)));
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
