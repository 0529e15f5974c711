package dev.millrace.testkit;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;
import dev.millrace.store.KeyHold;
import dev.millrace.store.NewJob;
import dev.millrace.testkit.MemoryState.Due;
import dev.millrace.testkit.MemoryState.Holder;
import dev.millrace.testkit.MemoryState.KeyName;
import dev.millrace.testkit.MemoryState.Spot;
import dev.millrace.testkit.MemoryState.Waiting;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;

/** Accepting jobs that hold keys, one after the other; the caller holds the state's lock. */
final class MemoryKeys {
    private final MemoryState state;
    private final Consumer<NewJob> accept;

    MemoryKeys(MemoryState state, Consumer<NewJob> accept) {
        this.state = state;
        this.accept = accept;
    }

    Accepted enqueue(NewJob job) {
        if (state.bodies.containsKey(job.id())) {
            // resent: whatever has become of it since, its keys were decided then
            return new Accepted(job.id(), How.NEW);
        }
        KeyHold idempotency = hold(job, KeyHold.Scope.IDEMPOTENCY);
        KeyHold unique = hold(job, KeyHold.Scope.UNIQUE);
        Holder first = idempotency == null ? null : holder(idempotency, job.createdAt());
        if (idempotency != null && first != null) {
            if (first.jobId() == job.id()) {
                return new Accepted(job.id(), How.NEW);
            }
            boolean same = first.fingerprint().equals(idempotency.fingerprint());
            return new Accepted(first.jobId(), same ? How.DUPLICATE : How.CONFLICT);
        }
        Accepted answer = unique == null ? accepted(job, job.runAt()) : enqueue(job, unique);
        if (idempotency != null) {
            take(idempotency, answer.jobId());
        }
        return answer;
    }

    private Accepted enqueue(NewJob job, KeyHold unique) {
        Holder holder = holder(unique, job.createdAt());
        Spot spot = holder == null ? null : state.spots.get(holder.jobId());
        if (holder != null && holder.jobId() == job.id()) {
            return new Accepted(job.id(), How.NEW);
        }
        if (holder != null
                && (unique.onConflict() == OnConflict.KEEP || isElsewhere(holder, job))) {
            return new Accepted(holder.jobId(), How.DUPLICATE);
        }
        Instant runAt = job.runAt();
        boolean waits = spot instanceof Waiting || spot instanceof Due;
        if (waits && unique.onConflict() == OnConflict.REPLACE) {
            runAt = spot instanceof Due due ? due.runAt() : null;
        }
        if (spot != null && waits) {
            state.end(
                    spot,
                    Attempt.End.CANCELLED,
                    ErrorInfo.reason("cancelled", "replaced by job " + job.id()),
                    job.createdAt());
        }
        accepted(job, runAt);
        take(unique, job.id());
        return new Accepted(job.id(), waits ? How.REPLACED : How.NEW);
    }

    /** Nobody takes the place of a job of another queue. */
    private boolean isElsewhere(Holder holder, NewJob job) {
        NewJob other = state.bodies.get(holder.jobId());
        return other != null && !other.queue().equals(job.queue());
    }

    private Accepted accepted(NewJob job, @Nullable Instant runAt) {
        if (!state.bodies.containsKey(job.id())) {
            accept.accept(Objects.equals(runAt, job.runAt()) ? job : due(job, runAt));
        }
        return new Accepted(job.id(), How.NEW);
    }

    private static NewJob due(NewJob job, @Nullable Instant runAt) {
        return new NewJob(
                job.id(),
                job.queue(),
                job.kind(),
                job.version(),
                job.priority(),
                job.payload(),
                job.maxAttempts(),
                job.retry(),
                job.tags(),
                job.createdAt(),
                runAt,
                job.terms(),
                job.holds(),
                job.durability());
    }

    private void take(KeyHold hold, long jobId) {
        state.keys.put(
                new KeyName(hold.scope(), hold.key()),
                new Holder(jobId, hold.until(), hold.fingerprint()));
    }

    private @Nullable Holder holder(KeyHold hold, Instant now) {
        Holder holder = state.keys.get(new KeyName(hold.scope(), hold.key()));
        return holder != null && holder.holdsAt(now) ? holder : null;
    }

    private static @Nullable KeyHold hold(NewJob job, KeyHold.Scope scope) {
        return job.holds().stream().filter(each -> each.scope() == scope).findFirst().orElse(null);
    }
}
