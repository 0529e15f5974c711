package dev.millrace.testkit;

import dev.millrace.store.Entrant;
import dev.millrace.store.Gate;
import dev.millrace.store.KeyedJob;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.QueueLimits;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Limits whose calls or answers are lost now and then. */
final class FaultyLimits implements LimitStore {
    private final FaultyStore faulty;
    private final LimitStore limits;

    FaultyLimits(FaultyStore faulty, LimitStore limits) {
        this.faulty = faulty;
        this.limits = limits;
    }

    @Override
    public Map<String, QueueLimits> limits() {
        return faulty.call("limits", limits::limits);
    }

    @Override
    public void limit(String queue, QueueLimits wanted) {
        faulty.run("limit", () -> limits.limit(queue, wanted));
    }

    @Override
    public void declare(String queue, QueueLimits wanted) {
        faulty.run("declare", () -> limits.declare(queue, wanted));
    }

    @Override
    public Gate gate(Gate.Look look) {
        return faulty.call("gate", () -> limits.gate(look));
    }

    @Override
    public Map<Long, KeyedJob> keys(Collection<Long> jobIds) {
        return faulty.call("keys", () -> limits.keys(jobIds));
    }

    @Override
    public Map<LimitKey, Integer> lines(Collection<LimitKey> keys) {
        return faulty.call("lines", () -> limits.lines(keys));
    }

    @Override
    public Map<Integer, LimitKey> lines(int after) {
        return faulty.call("lines", () -> limits.lines(after));
    }

    @Override
    public void remove(long epoch, Collection<Integer> lines) {
        faulty.run("remove", () -> limits.remove(epoch, lines));
    }

    @Override
    public List<Entrant> heads(Map<Integer, Integer> wanted, boolean aged) {
        return faulty.call("heads", () -> limits.heads(wanted, aged));
    }

    @Override
    public Set<String> pausedQueues() {
        return faulty.call("pausedQueues", limits::pausedQueues);
    }

    @Override
    public List<Entrant> ready(Set<String> queues, int max) {
        return faulty.call("ready", () -> limits.ready(queues, max));
    }

    @Override
    public Optional<Set<Long>> move(long epoch, List<Entrant.Move> moves) {
        return faulty.call("move", () -> limits.move(epoch, moves));
    }

    @Override
    public void pause(LimitKey key, Instant until, Instant now) {
        faulty.run("pause", () -> limits.pause(key, until, now));
    }

    @Override
    public Map<LimitKey, Instant> paused(Collection<LimitKey> keys, Instant now) {
        return faulty.call("paused", () -> limits.paused(keys, now));
    }

    @Override
    public Map<Long, LimitKey> holding(Collection<Long> jobIds) {
        return faulty.call("holding", () -> limits.holding(jobIds));
    }
}
