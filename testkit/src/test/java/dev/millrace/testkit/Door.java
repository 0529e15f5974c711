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

/** Passes everything on; made to be broken. */
class Door implements LimitStore {
    private final LimitStore to;

    Door(LimitStore to) {
        this.to = to;
    }

    @Override
    public Map<String, QueueLimits> limits() {
        return to.limits();
    }

    @Override
    public void limit(String queue, QueueLimits limits) {
        to.limit(queue, limits);
    }

    @Override
    public void declare(String queue, QueueLimits limits) {
        to.declare(queue, limits);
    }

    @Override
    public Gate gate(Gate.Look look) {
        return to.gate(look);
    }

    @Override
    public Map<Long, KeyedJob> keys(Collection<Long> jobIds) {
        return to.keys(jobIds);
    }

    @Override
    public Map<LimitKey, Integer> lines(Collection<LimitKey> keys) {
        return to.lines(keys);
    }

    @Override
    public Map<Integer, LimitKey> lines(int after) {
        return to.lines(after);
    }

    @Override
    public void remove(long epoch, Collection<Integer> lines) {
        to.remove(epoch, lines);
    }

    @Override
    public List<Entrant> heads(Map<Integer, Integer> wanted, boolean aged) {
        return to.heads(wanted, aged);
    }

    @Override
    public Set<String> pausedQueues() {
        return to.pausedQueues();
    }

    @Override
    public List<Entrant> ready(Set<String> queues, int max) {
        return to.ready(queues, max);
    }

    @Override
    public Optional<Set<Long>> move(long epoch, List<Entrant.Move> moves) {
        return to.move(epoch, moves);
    }

    @Override
    public void pause(LimitKey key, Instant until, Instant now) {
        to.pause(key, until, now);
    }

    @Override
    public Map<LimitKey, Instant> paused(Collection<LimitKey> keys, Instant now) {
        return to.paused(keys, now);
    }

    @Override
    public Map<Long, LimitKey> holding(Collection<Long> jobIds) {
        return to.holding(jobIds);
    }
}
