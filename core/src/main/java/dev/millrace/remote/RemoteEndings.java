package dev.millrace.remote;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryPolicy;
import dev.millrace.loop.Batcher;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.HeldJob;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobStore;
import dev.millrace.store.Recorded;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Turns what remote workers say at the end of attempts into endings, by each job's own retry
 * policy, and records them in natural batches. Thread-safe.
 */
final class RemoteEndings {
    private static final Batcher.Bounds BOUNDS =
            new Batcher.Bounds(2_000, 8 << 20, 10_000, 64 << 20, 2);

    private final JobStore store;
    private final Clock clock;
    private final RandomGenerator random;
    private final RemoteWork.Ended ended;
    private final Batcher<Ending, Recorded> batcher;

    RemoteEndings(JobStore store, Clock clock, RandomGenerator random, RemoteWork.Ended ended) {
        this.store = store;
        this.clock = clock;
        this.random = random;
        this.ended = ended;
        this.batcher =
                new Batcher<>(
                        "millrace-remote-endings",
                        BOUNDS,
                        RemoteEndings::weight,
                        failure -> !passes(failure),
                        endings -> Turns.send(endings, Ending::jobId, store::complete));
    }

    /**
     * Records an ending.
     *
     * @return whether this call recorded it; otherwise an earlier one of the same claim did
     * @throws MillraceException with {@code lease-lost} when the claim is no longer held
     */
    boolean end(long jobId, ClaimToken token, Conclusion how) throws InterruptedException {
        var claim = new JobClaim(jobId, token.claim());
        List<HeldJob> held = store.claimed(token.worker(), List.of(claim), false);
        if (!held.isEmpty() && how instanceof Conclusion.Snoozed snooze) {
            pause(held.getFirst().job(), snooze);
        }
        Ending ending =
                held.isEmpty() ? gone(jobId, token) : ending(held.getFirst(), token.worker(), how);
        Recorded recorded = batcher.submit(ending);
        return switch (recorded) {
            case RECORDED -> {
                if (!held.isEmpty()) {
                    ended.ended(held.getFirst().job(), ending);
                }
                yield true;
            }
            case ALREADY -> false;
            case LOST -> throw lost(jobId);
            case BUSY ->
                    throw new MillraceException(
                            MillraceException.Code.STORE_UNAVAILABLE,
                            "job %d is being written to; say it again".formatted(jobId));
        };
    }

    /** In effect before the job makes room by its end. */
    private void pause(ClaimedJob job, Conclusion.Snoozed snooze) {
        String name = snooze.key();
        if (name != null) {
            var limits = store.limits();
            var key = limits.named(job.id(), job.queue(), job.terms().keys(), name);
            limits.pause(key, now().plus(snooze.delay()), now());
        }
    }

    static MillraceException lost(long jobId) {
        return new MillraceException(
                MillraceException.Code.LEASE_LOST,
                ("the claim on job %d is no longer held: another worker has it, or it has ended;"
                                + " nothing was kept, stop working on it")
                        .formatted(jobId));
    }

    private static boolean passes(Throwable failure) {
        return failure instanceof MillraceException e
                && e.code() == MillraceException.Code.STORE_UNAVAILABLE;
    }

    private static long weight(Ending ending) {
        String result = ending.result();
        ErrorInfo error = ending.error();
        return (result == null ? 0L : result.length())
                + (error == null ? 0L : error.message().length() + error.stack().length());
    }

    /**
     * Of a claim that is not held nothing is written whatever is said; asking tells whether an
     * earlier call recorded it. One that is held and cannot be read is set aside.
     */
    private Ending gone(long jobId, ClaimToken token) {
        Instant now = now();
        return new Ending(
                jobId,
                token.claim(),
                token.worker(),
                1,
                now,
                now,
                Attempt.End.DISCARDED,
                ErrorInfo.reason("unreadable", "the job's row could not be read at its end"),
                null,
                new Ending.Next.Discarded(),
                true);
    }

    private Ending ending(HeldJob held, long worker, Conclusion how) {
        var draft = new Draft(held, worker, now());
        return switch (how) {
            case Conclusion.Completed done ->
                    draft.ends(Attempt.End.COMPLETED, null, done.result(), finished());
            case Conclusion.Skipped skip ->
                    draft.ends(
                            Attempt.End.SKIPPED,
                            ErrorInfo.reason("skipped", skip.reason()),
                            null,
                            finished());
            case Conclusion.Failed failed -> failed(draft, failed.error(), failed.delay());
            case Conclusion.Discarded discard -> draft.discarded(discard.error());
            case Conclusion.Snoozed snooze ->
                    draft.ends(
                            Attempt.End.SNOOZED,
                            ErrorInfo.reason("snoozed", snooze.reason()),
                            null,
                            draft.again(snooze.delay(), draft.job().attempt(), 0));
            case Conclusion.Cancelled cancel ->
                    draft.ends(
                            Attempt.End.CANCELLED,
                            ErrorInfo.reason("cancelled", cancel.reason()),
                            null,
                            finished());
            case Conclusion.Released release ->
                    draft.ends(
                            Attempt.End.INTERRUPTED,
                            ErrorInfo.reason("interrupted", release.reason()),
                            null,
                            draft.again(
                                    Duration.ZERO, draft.job().attempt(), draft.job().rescues()));
        };
    }

    private Ending failed(Draft draft, ErrorInfo error, @Nullable Duration delay) {
        ClaimedJob job = draft.job();
        if (job.attempt() >= job.maxAttempts()) {
            return draft.discarded(error);
        }
        // a kind that only others know has no policy here: the standard one holds
        RetryPolicy policy = job.retry() == null ? RetryPolicy.standard() : job.retry();
        Duration wait = delay == null ? policy.waitAfter(job.attempt(), random) : delay;
        return draft.ends(Attempt.End.FAILED, error, null, draft.again(wait, job.attempt() + 1, 0));
    }

    private static Ending.Next finished() {
        return new Ending.Next.Finished();
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /** An attempt that has just ended. */
    private record Draft(HeldJob held, long worker, Instant at) {
        ClaimedJob job() {
            return held.job();
        }

        Ending.Next again(Duration delay, int attempt, int rescues) {
            return new Ending.Next.Again(at.plus(delay), attempt, rescues);
        }

        Ending discarded(ErrorInfo error) {
            return ends(Attempt.End.DISCARDED, error, null, new Ending.Next.Discarded());
        }

        Ending ends(
                Attempt.End end,
                @Nullable ErrorInfo error,
                @Nullable String result,
                Ending.Next next) {
            Instant began = held.claimedAt();
            return new Ending(
                    job().id(),
                    job().claimId(),
                    worker,
                    job().attempt(),
                    began.isAfter(at) ? at : began,
                    at,
                    end,
                    error,
                    result,
                    next,
                    job().terms().unique() != null,
                    new Ending.Follow(job().terms().batch(), List.of()));
        }
    }
}
