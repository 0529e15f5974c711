package dev.millrace.testkit;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.store.PruneRules;
import dev.millrace.store.Settled;
import dev.millrace.testkit.MemoryState.Aside;
import dev.millrace.testkit.MemoryState.Due;
import dev.millrace.testkit.MemoryState.Spot;
import dev.millrace.testkit.MemoryState.Taken;
import dev.millrace.testkit.MemoryState.Waiting;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Ending and removing jobs that do not run; the caller holds the state's lock. */
final class MemorySettling {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final MemoryState state;
    private final MemoryLists lists;

    MemorySettling(MemoryState state) {
        this.state = state;
        this.lists = new MemoryLists(state);
    }

    Settled settle(Instant now, int max) {
        int expired = 0;
        int cancelled = 0;
        int looked = 0;
        for (long id : due(now)) {
            if (looked++ == max) {
                return new Settled(expired, cancelled, now);
            }
            state.expiries.remove(id);
            Spot spot = waiting(id);
            if (spot != null && state.pastOf(id).isEmpty()) {
                var why = ErrorInfo.reason("expired", "its time to live passed before it started");
                state.end(spot, Attempt.End.EXPIRED, why, now);
                expired++;
            }
        }
        looked = 0;
        // a copy, since removing a row gives its entry another row's content
        for (var request : new TreeMap<>(state.cancelRequests).entrySet()) {
            if (state.spots.get(request.getKey()) instanceof Taken) {
                continue;
            }
            if (looked++ == max) {
                return new Settled(expired, cancelled, now);
            }
            state.cancelRequests.remove(request.getKey());
            Spot spot = waiting(request.getKey());
            if (spot != null) {
                var why = ErrorInfo.reason("cancelled", request.getValue());
                state.end(spot, Attempt.End.CANCELLED, why, now);
                cancelled++;
            }
        }
        return new Settled(expired, cancelled, next(now));
    }

    /** When there is something to settle. */
    @Nullable Instant next(Instant now) {
        var expiry = state.expiries.values().stream().min(Comparator.naturalOrder()).orElse(null);
        if (state.cancelRequests.isEmpty()) {
            return expiry;
        }
        Instant look = now.plus(LOOK_AGAIN);
        return expiry != null && expiry.isBefore(look) ? expiry : look;
    }

    Map<Long, JobState.Name> cancel(Collection<Long> jobIds, String reason, Instant now) {
        var found = new TreeMap<Long, JobState.Name>();
        for (long id : new TreeSet<>(jobIds)) {
            if (!state.bodies.containsKey(id)) {
                continue;
            }
            found.put(id, lists.stateOf(id).name());
            Spot spot = waiting(id);
            if (spot != null) {
                state.end(spot, Attempt.End.CANCELLED, ErrorInfo.reason("cancelled", reason), now);
            } else if (state.spots.get(id) instanceof Taken) {
                state.cancelRequests.putIfAbsent(id, reason);
            }
        }
        return found;
    }

    Map<Long, JobState.Name> delete(Collection<Long> jobIds) {
        var found = new TreeMap<Long, JobState.Name>();
        for (long id : new TreeSet<>(jobIds)) {
            if (!state.bodies.containsKey(id)) {
                continue;
            }
            var name = lists.stateOf(id).name();
            found.put(id, name);
            if (lists.stateOf(id).isEnded()) {
                remove(id);
            }
        }
        return found;
    }

    long prune(PruneRules rules, long afterJobId, int max) {
        state.keys
                .values()
                .removeIf(held -> {
                    Instant until = held.until();
                    return until != null && !until.isAfter(rules.now());
                });
        var step = state.bodies.keySet().stream().filter(id -> id > afterJobId).limit(max).toList();
        for (long id : step) {
            var rule = rules.of(state.body(id).queue());
            switch (state.spots.get(id)) {
                case Aside row -> {
                    Instant before = rule.discardedBefore();
                    if (before != null && row.at().isBefore(before)) {
                        remove(id);
                    }
                }
                case Waiting row -> {}
                case Due row -> {}
                case Taken row -> {}
                case null -> {
                    var ended = state.pastOf(id).getLast().attempt().endedAt();
                    if (ended.isBefore(rule.finishedBefore()) && !isAwaited(id)) {
                        remove(id);
                    }
                }
            }
        }
        return step.size() < max ? 0 : step.getLast();
    }

    /** Whether a join will read what came of it. */
    private boolean isAwaited(long id) {
        var group = state.groups.get(state.body(id).terms().batch());
        return group != null
                && group.row().key() != null
                && group.row().onDone() != 0
                && !group.row().state().isEnded();
    }

    private void remove(long id) {
        Spot spot = state.spots.get(id);
        if (spot != null) {
            state.lift(spot);
        }
        state.bodies.remove(id);
        state.history.remove(id);
        state.expiries.remove(id);
        state.notes.remove(id);
    }

    private @Nullable Spot waiting(long id) {
        Spot spot = state.spots.get(id);
        return spot instanceof Waiting || spot instanceof Due ? spot : null;
    }

    private List<Long> due(Instant now) {
        return state.expiries.entrySet().stream()
                .filter(each -> !each.getValue().isAfter(now))
                .sorted(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .toList();
    }
}
