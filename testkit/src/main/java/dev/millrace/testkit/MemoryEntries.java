package dev.millrace.testkit;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.store.Accepted;
import dev.millrace.store.NewJob;
import dev.millrace.testkit.MemoryState.Due;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;

/** Accepting jobs into a {@link MemoryState}; the caller holds its lock. */
final class MemoryEntries {
    private final MemoryState state;

    MemoryEntries(MemoryState state) {
        this.state = state;
    }

    void enqueue(List<NewJob> jobs, boolean resend) {
        if (!resend) {
            refuseKnown(jobs);
        }
        jobs.stream().filter(job -> !state.bodies.containsKey(job.id())).forEach(this::accept);
    }

    List<Accepted> enqueueKeyed(List<NewJob> jobs, boolean resend) {
        if (!resend) {
            refuseKnown(jobs);
        }
        var keys = new MemoryKeys(state, this::accept);
        return jobs.stream().map(keys::enqueue).toList();
    }

    private void refuseKnown(List<NewJob> jobs) {
        var seen = new HashSet<Long>();
        for (var job : jobs) {
            if (!seen.add(job.id()) || state.bodies.containsKey(job.id())) {
                throw new MillraceException(
                        Code.STORE_REFUSED,
                        "job ids must be fresh, got %d again; nothing was accepted"
                                .formatted(job.id()));
            }
        }
    }

    private void accept(NewJob job) {
        var runAt = job.runAt();
        var body =
                new NewJob(
                        job.id(),
                        job.queue(),
                        job.kind(),
                        job.version(),
                        job.priority(),
                        job.payload(),
                        job.maxAttempts(),
                        job.retry(),
                        List.copyOf(job.tags()),
                        micros(job.createdAt()),
                        runAt == null ? null : micros(runAt),
                        job.terms(),
                        List.of(),
                        job.durability());
        state.bodies.put(job.id(), body);
        var expiresAt = job.terms().expiresAt();
        if (expiresAt != null) {
            state.expiries.put(job.id(), expiresAt);
        }
        state.queues.add(job.queue());
        if (runAt != null && job.isDelayed()) {
            state.place(new Due(micros(runAt), job.id(), 1, 0));
        } else {
            state.makeAvailable(job.id(), 1, 0);
        }
    }

    private static Instant micros(Instant at) {
        return at.truncatedTo(ChronoUnit.MICROS);
    }
}
