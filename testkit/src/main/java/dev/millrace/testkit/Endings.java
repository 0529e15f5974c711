package dev.millrace.testkit;

import dev.millrace.job.Attempt.End;
import dev.millrace.job.ErrorInfo;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Ending.Next;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What a worker reports of a claimed job, written by hand. Made for one worker's attempt at one
 * job; immutable.
 *
 * @param job what was claimed
 * @param workerId by whom
 * @param startedAt when it started
 * @param endedAt when it ended
 */
public record Endings(ClaimedJob job, long workerId, Instant startedAt, Instant endedAt) {

    /** The handler returned. */
    public Ending completed(@Nullable String result) {
        return ending(End.COMPLETED, null, result, new Next.Finished());
    }

    /** The work was no longer wanted. */
    public Ending skipped(String reason) {
        var why = ErrorInfo.reason("skipped", reason);
        return ending(End.SKIPPED, why, null, new Next.Finished());
    }

    /** The handler failed; the next attempt is due at the given moment. */
    public Ending failed(Instant runAt) {
        var why = new ErrorInfo("java.io.IOException", "no route", "at far.Away(Away.java:1)");
        return ending(End.FAILED, why, null, new Next.Again(runAt, job.attempt() + 1, 0));
    }

    /** The handler gave up. */
    public Ending discarded(String reason) {
        var why = ErrorInfo.reason("discarded", reason);
        return ending(End.DISCARDED, why, null, new Next.Discarded());
    }

    /** The handler wants to run again at the given moment; nothing is spent. */
    public Ending snoozed(Instant runAt) {
        var why = ErrorInfo.reason("snoozed", "not yet");
        return ending(End.SNOOZED, why, null, again(runAt));
    }

    /** The handler sleeps until a moment; nothing is spent. */
    public Ending slept(Instant until) {
        var why = ErrorInfo.reason("slept", "until " + until);
        return ending(End.SLEPT, why, null, again(until));
    }

    /** The handler waits for a signal, or until a moment; nothing is spent. */
    public Ending waiting(String signal, int seen, Instant until) {
        var why = ErrorInfo.reason("waited", "for signal " + signal);
        return ending(End.WAITED, why, null, new Next.Waiting(signal, seen, until, job.attempt()));
    }

    /** The handler's slice is over; nothing is spent, the job is available at once. */
    public Ending yielded() {
        var why = ErrorInfo.reason("yielded", "its slice was over");
        return ending(End.YIELDED, why, null, again(endedAt));
    }

    /** The worker shuts down; nothing is spent, the job is available at once. */
    public Ending interrupted() {
        var why = ErrorInfo.reason("interrupted", "shutdown");
        return ending(End.INTERRUPTED, why, null, again(endedAt));
    }

    /** Somebody asked to cancel it, and the handler ended. */
    public Ending cancelled() {
        var why = ErrorInfo.reason("cancelled", "cancelled while a worker had it");
        return ending(End.CANCELLED, why, null, new Next.Finished());
    }

    /** Its time to live had passed when the worker was about to start it. */
    public Ending expired() {
        var why = ErrorInfo.reason("expired", "its time to live passed before it started");
        return ending(End.EXPIRED, why, null, new Next.Finished());
    }

    private Next again(Instant runAt) {
        return new Next.Again(runAt, job.attempt(), job.rescues());
    }

    private Ending ending(End end, @Nullable ErrorInfo error, @Nullable String result, Next next) {
        return new Ending(
                job.id(),
                job.claimId(),
                workerId,
                job.attempt(),
                startedAt,
                endedAt,
                end,
                error,
                result,
                next,
                job.terms().unique() != null);
    }
}
