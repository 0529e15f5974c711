package dev.millrace.testkit;

import static java.util.stream.Collectors.toCollection;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.HeldJob;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.QueueControl;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.RescueAnswer.Outcome;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.testkit.MemoryState.Aside;
import dev.millrace.testkit.MemoryState.Member;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The workers of a {@link MemoryState}; the caller holds its lock. */
final class MemoryMembers {
    private static final int MOST_STACKS = 100;

    private final MemoryState state;
    private final MemoryLists lists;

    MemoryMembers(MemoryState state) {
        this.state = state;
        this.lists = new MemoryLists(state);
    }

    void setLock(long workerId, Lock lock) {
        state.workers.computeIfPresent(workerId, (id, w) -> w.with(lock));
    }

    PulseAnswer pulse(Pulse pulse) {
        long id = pulse.workerId();
        var me = state.workers.get(id);
        boolean alive = state.isAlive(id);
        if (me != null && alive) {
            state.workers.put(
                    id,
                    new Member(
                            id,
                            introduced(me.info(), pulse.slots()),
                            pulse.beat() ? me.beat() + 1 : me.beat(),
                            pulse.beat() ? micros(pulse.now()) : me.lastBeatAt(),
                            pulse.running(),
                            pulse.stuck(),
                            me.info().lease() == null ? Lock.HELD : Lock.UNKNOWN,
                            false,
                            me.draining()));
        }
        var requests =
                state.cancelRequests.keySet().stream()
                        .filter(request -> request > pulse.afterRequest())
                        .limit(PulseAnswer.REQUESTS)
                        .toList();
        return new PulseAnswer(
                alive,
                pulse.beat() ? state.takenBy(id).size() : 0,
                others(id),
                state.due.isEmpty() ? null : state.due.first().runAt(),
                queuesWithWork(pulse.scopes()),
                cancelledOf(id, requests),
                requests.size() == PulseAnswer.REQUESTS ? requests.getLast() : 0,
                stacksWantedOf(id),
                new MemorySettling(state).next(pulse.now()),
                controlsOf(pulse.scopes()),
                me != null && alive && me.draining(),
                state.waiting.stream().anyMatch(state::isAtGate));
    }

    private static WorkerInfo introduced(WorkerInfo info, @Nullable Map<String, Integer> slots) {
        return slots == null ? info : info.queues(slots);
    }

    private List<Sighting> others(long me) {
        return state.workers.values().stream()
                .filter(w -> w.id() != me)
                .map(w ->
                        new Sighting(
                                w.id(),
                                w.info().name(),
                                w.beat(),
                                w.lock(),
                                w.dead(),
                                w.info().lease()))
                .toList();
    }

    private Map<Long, String> cancelledOf(long workerId, List<Long> requests) {
        var cancelled = new TreeMap<>(state.cancelRequests);
        cancelled.keySet().retainAll(requests);
        cancelled.keySet().retainAll(state.takenBy(workerId).keySet());
        return cancelled;
    }

    private Set<Long> stacksWantedOf(long workerId) {
        return state.takenBy(workerId).keySet().stream()
                .filter(id -> state.notesOf(id).stackWanted())
                .limit(MOST_STACKS)
                .collect(Collectors.toSet());
    }

    private Map<String, QueueControl> controlsOf(List<Pulse.Scope> scopes) {
        var controls = new TreeMap<>(state.controls);
        controls.keySet().retainAll(scopes.stream().map(Pulse.Scope::queue).toList());
        return controls;
    }

    private Set<String> queuesWithWork(List<Pulse.Scope> scopes) {
        var found = new TreeSet<String>();
        for (var scope : scopes) {
            if (lists.waitingIn(scope.queue(), scope.kinds()).findFirst().isPresent()) {
                found.add(scope.queue());
            }
        }
        return found;
    }

    /** Marks a worker that stands still as dead and clears its first jobs away. */
    RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
        var worker = state.workers.get(workerId);
        if (worker == null) {
            return new RescueAnswer(Outcome.CLEARED, 0, 0);
        }
        if (!worker.dead() && worker.beat() != seenBeat) {
            return new RescueAnswer(Outcome.ALIVE, 0, 0);
        }
        state.workers.put(workerId, worker.died());
        return clear(workerId, max, now);
    }

    private RescueAnswer clear(long workerId, int max, Instant now) {
        int returned = 0;
        int discarded = 0;
        for (var row : List.copyOf(state.takenBy(workerId).values())) {
            if (returned + discarded == max) {
                break;
            }
            state.lift(row);
            state.append(
                    row.jobId(),
                    row.claimId(),
                    new Attempt(
                            row.attempt(),
                            workerId,
                            row.claimedAt(),
                            micros(now),
                            Attempt.End.RESCUED,
                            ErrorInfo.reason("rescued", "worker %d died".formatted(workerId)),
                            null));
            if (row.rescues() + 1 > ClaimedJob.MAX_RESCUES) {
                state.place(new Aside(row.jobId(), row.attempt(), micros(now)));
                state.releaseKeys(row.jobId());
                discarded++;
            } else {
                state.makeAvailable(row.jobId(), row.attempt(), row.rescues() + 1);
                returned++;
            }
        }
        if (!state.takenBy(workerId).isEmpty()) {
            return new RescueAnswer(Outcome.MORE, returned, discarded);
        }
        state.workers.remove(workerId);
        return new RescueAnswer(Outcome.CLEARED, returned, discarded);
    }

    List<WorkerSnapshot> snapshots() {
        return state.workers.values().stream()
                .map(w ->
                        new WorkerSnapshot(
                                w.id(),
                                w.info().name(),
                                w.info().version(),
                                w.info().queues(),
                                w.running(),
                                w.stuck(),
                                w.info().startedAt(),
                                w.lastBeatAt(),
                                w.dead(),
                                w.draining(),
                                w.info().kinds(),
                                w.info().remote()))
                .collect(toCollection(ArrayList::new));
    }

    boolean drain(long workerId) {
        if (!state.isAlive(workerId)) {
            return false;
        }
        state.workers.computeIfPresent(workerId, (id, w) -> w.drained());
        return true;
    }

    List<HeldJob> claimed(long workerId, Collection<JobClaim> claims, boolean withPayload) {
        var found = new ArrayList<HeldJob>();
        for (var claim : claims) {
            var row = state.takenBy(workerId).get(claim.jobId());
            if (row != null && row.claimId() == claim.claimId()) {
                var body = state.body(claim.jobId());
                found.add(
                        new HeldJob(
                                new ClaimedJob(
                                        body.id(),
                                        row.claimId(),
                                        body.queue(),
                                        body.kind(),
                                        body.version(),
                                        body.priority(),
                                        withPayload ? body.payload() : "",
                                        row.attempt(),
                                        row.rescues(),
                                        body.maxAttempts(),
                                        body.retry(),
                                        body.tags(),
                                        body.createdAt(),
                                        body.terms()),
                                row.claimedAt()));
            }
        }
        return found;
    }

    private static Instant micros(Instant at) {
        return at.truncatedTo(ChronoUnit.MICROS);
    }
}
