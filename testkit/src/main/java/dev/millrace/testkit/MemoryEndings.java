package dev.millrace.testkit;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Promotion;
import dev.millrace.store.Recorded;
import dev.millrace.testkit.MemoryState.Aside;
import dev.millrace.testkit.MemoryState.Due;
import dev.millrace.testkit.MemoryState.Taken;
import dev.millrace.testkit.MemoryState.Waiting;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Moving jobs on in a {@link MemoryState}; the caller holds its lock. */
final class MemoryEndings {
    private final MemoryState state;
    private final MemoryLists lists;
    private final MemoryBatches batches;

    MemoryEndings(MemoryState state) {
        this.state = state;
        this.batches = new MemoryBatches(state);
        this.lists = new MemoryLists(state);
    }

    Recorded record(Ending ending) {
        var row = state.held(ending.jobId(), ending.claimId());
        if (row == null) {
            return wasRecorded(new JobClaim(ending.jobId(), ending.claimId()))
                    ? Recorded.ALREADY
                    : Recorded.LOST;
        }
        state.lift(row);
        state.append(
                ending.jobId(),
                ending.claimId(),
                new Attempt(
                        ending.attempt(),
                        row.workerId(),
                        micros(ending.startedAt()),
                        micros(ending.endedAt()),
                        ending.end(),
                        ending.error(),
                        ending.result()));
        switch (ending.next()) {
            case Ending.Next.Finished finished -> release(ending);
            case Ending.Next.Discarded discarded -> {
                release(ending);
                state.place(new Aside(ending.jobId(), ending.attempt(), micros(ending.endedAt())));
            }
            case Ending.Next.Waiting waiting -> park(ending.jobId(), waiting);
            case Ending.Next.Again again -> {
                if (again.runAt().isAfter(ending.endedAt())) {
                    state.place(
                            new Due(
                                    micros(again.runAt()),
                                    ending.jobId(),
                                    again.attempt(),
                                    again.rescues()));
                } else {
                    state.makeAvailable(ending.jobId(), again.attempt(), again.rescues());
                }
            }
        }
        batches.follow(ending);
        return Recorded.RECORDED;
    }

    private void park(long jobId, Ending.Next.Waiting waiting) {
        if (state.notesOf(jobId).count(waiting.signal()) > waiting.seen()) {
            state.makeAvailable(jobId, waiting.attempt(), 0);
        } else {
            var until = micros(waiting.until());
            state.place(new Due(until, jobId, waiting.attempt(), 0, waiting.signal()));
        }
    }

    private void release(Ending ending) {
        if (ending.holdsKey()) {
            state.releaseKeys(ending.jobId());
        }
    }

    /** Whether history has what this claim reported. */
    boolean wasRecorded(JobClaim claim) {
        return state.pastOf(claim.jobId()).stream()
                .anyMatch(past ->
                        past.claimId() == claim.claimId()
                                && past.attempt().end() != Attempt.End.RESCUED);
    }

    int giveBack(long workerId, Collection<JobClaim> claims) {
        int returned = 0;
        for (var claim : claims) {
            var row = state.held(claim.jobId(), claim.claimId());
            if (row != null && row.workerId() == workerId) {
                state.lift(row);
                state.makeAvailable(row.jobId(), row.attempt(), row.rescues());
                var expiresAt = state.body(row.jobId()).terms().expiresAt();
                if (expiresAt != null) {
                    state.expiries.put(row.jobId(), expiresAt); // may have been due meanwhile
                }
                returned++;
            }
        }
        return returned;
    }

    Promotion promote(Instant now, int max) {
        int promoted = 0;
        while (promoted < max && !state.due.isEmpty() && !state.due.first().runAt().isAfter(now)) {
            var row = state.due.first();
            state.lift(row);
            state.makeAvailable(row.jobId(), row.attempt(), row.rescues());
            promoted++;
        }
        return new Promotion(promoted, state.due.isEmpty() ? null : state.due.first().runAt());
    }

    Map<Long, JobState.Name> retry(Collection<Long> jobIds) {
        var found = new TreeMap<Long, JobState.Name>();
        for (long id : new TreeSet<>(jobIds)) {
            if (!state.bodies.containsKey(id)) {
                continue;
            }
            found.put(id, lists.stateOf(id).name());
            switch (state.spots.get(id)) {
                case Aside row -> {
                    state.lift(row);
                    state.cancelRequests.remove(id);
                    state.makeAvailable(id, 1, 0);
                }
                case Due row -> {
                    state.lift(row);
                    state.makeAvailable(id, row.attempt(), row.rescues());
                }
                case Waiting row -> {}
                case Taken row -> {}
                case null -> {}
            }
        }
        return found;
    }

    private static Instant micros(Instant at) {
        return at.truncatedTo(ChronoUnit.MICROS);
    }
}
