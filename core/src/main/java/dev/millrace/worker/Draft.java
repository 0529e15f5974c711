package dev.millrace.worker;

import dev.millrace.job.Attempt.End;
import dev.millrace.job.ErrorInfo;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Ending.Next;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What is known of an attempt that has just ended; each method is one way on. */
final class Draft {
    final LiveJob live;
    final ClaimedJob job;
    private final Instant started;
    private final Instant ended;

    Draft(LiveJob live, Instant started, Instant ended) {
        this.live = live;
        this.job = live.claimed();
        this.started = started;
        this.ended = ended;
    }

    Ending completed(@Nullable String result) {
        return ending(End.COMPLETED, null, result, new Next.Finished());
    }

    Ending skipped(ErrorInfo why) {
        return ending(End.SKIPPED, why, null, new Next.Finished());
    }

    Ending failed(Duration delay, ErrorInfo error) {
        var again = new Next.Again(ended.plus(delay), job.attempt() + 1, 0);
        return ending(End.FAILED, error, null, again);
    }

    Ending discarded(ErrorInfo error) {
        return ending(End.DISCARDED, error, null, new Next.Discarded());
    }

    Ending snoozed(Duration delay, ErrorInfo why) {
        var again = new Next.Again(ended.plus(delay), job.attempt(), 0);
        return ending(End.SNOOZED, why, null, again);
    }

    Ending cancelled() {
        return ending(
                End.CANCELLED,
                ErrorInfo.reason("cancelled", live.cancelReason()),
                null,
                new Next.Finished());
    }

    Ending expired() {
        return ending(
                End.EXPIRED,
                ErrorInfo.reason("expired", "its time to live passed before it started"),
                null,
                new Next.Finished());
    }

    Ending interrupted(ErrorInfo why) {
        var again = new Next.Again(ended, job.attempt(), live.rescues());
        return ending(End.INTERRUPTED, why, null, again);
    }

    Ending ending(End end, @Nullable ErrorInfo error, @Nullable String result, Next next) {
        return new Ending(
                job.id(),
                job.claimId(),
                live.workerId(),
                job.attempt(),
                started,
                ended,
                end,
                error,
                result,
                next,
                job.terms().unique() != null,
                new Ending.Follow(job.terms().batch(), List.of()));
    }
}
