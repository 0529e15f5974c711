package dev.millrace.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.QueueControl;
import dev.millrace.testkit.MemoryState.Taken;
import dev.millrace.testkit.MemoryState.Waiting;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Taking jobs from a {@link MemoryState}; the caller holds its lock. */
final class MemoryClaims {
    private final MemoryState state;
    private final MemoryLists lists;

    MemoryClaims(MemoryState state) {
        this.state = state;
        this.lists = new MemoryLists(state);
    }

    /** How many jobs a claim may take at most. */
    int places(ClaimRequest request) {
        var control = state.controls.getOrDefault(request.queue(), QueueControl.NONE);
        if (control.paused()) {
            return 0;
        }
        Integer limit = control.maxRunning();
        if (limit == null) {
            return request.max();
        }
        long running =
                state.taken.values().stream()
                        .flatMap(rows -> rows.values().stream())
                        .filter(Taken::limited)
                        .filter(row -> state.body(row.jobId()).queue().equals(request.queue()))
                        .count();
        return Math.clamp(limit - running, 0, request.max());
    }

    private @Nullable Integer limitOf(String queue) {
        return state.controls.getOrDefault(queue, QueueControl.NONE).maxRunning();
    }

    /** The jobs a claim takes, in order. */
    List<Long> choose(ClaimRequest request) {
        var chosen = new ArrayList<Long>();
        long bytes = 0;
        var waiting = lists.waitingIn(request.queue(), request.kinds());
        var ordered =
                request.aged() ? waiting.sorted(Comparator.comparingLong(Waiting::entry)) : waiting;
        for (var row : ordered.limit(request.max()).toList()) {
            bytes += state.body(row.jobId()).payload().getBytes(UTF_8).length;
            if (bytes > ClaimRequest.MAX_BYTES && !chosen.isEmpty()) {
                break;
            }
            boolean alone = row.rescues() >= ClaimedJob.ALONE_FROM_RESCUES;
            if (!alone || chosen.isEmpty()) {
                chosen.add(row.jobId());
            }
            if (alone) {
                break;
            }
        }
        return chosen;
    }

    List<ClaimedJob> take(ClaimRequest request, List<Long> jobIds) {
        var claimed = new ArrayList<ClaimedJob>();
        for (long id : jobIds) {
            if (!(state.spots.get(id) instanceof Waiting row)) {
                throw new IllegalStateException("job %d is not available".formatted(id));
            }
            state.lift(row);
            state.place(
                    new Taken(
                            id,
                            request.workerId(),
                            request.claimId(),
                            row.attempt(),
                            row.rescues(),
                            micros(request.now()),
                            limitOf(request.queue()) != null,
                            row.line() == Waiting.ADMITTED));
            claimed.add(claimed(row, request.claimId()));
        }
        return claimed;
    }

    private ClaimedJob claimed(Waiting row, long claimId) {
        var body = state.body(row.jobId());
        return new ClaimedJob(
                body.id(),
                claimId,
                body.queue(),
                body.kind(),
                body.version(),
                body.priority(),
                body.payload(),
                row.attempt(),
                row.rescues(),
                body.maxAttempts(),
                body.retry(),
                body.tags(),
                body.createdAt(),
                body.terms());
    }

    private static Instant micros(Instant at) {
        return at.truncatedTo(ChronoUnit.MICROS);
    }
}
