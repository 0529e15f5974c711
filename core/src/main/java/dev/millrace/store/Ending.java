package dev.millrace.store;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * The end of one attempt, on its way to the store: the running row goes, a history row is appended,
 * and where the job lives on its next position row is inserted, all in one transaction.
 *
 * @param jobId the job
 * @param claimId the claim that took it
 * @param workerId the worker that ran it
 * @param attempt the attempt that ended
 * @param startedAt when the handler was called
 * @param endedAt when it ended
 * @param end how it ended
 * @param error why it did not complete, if it did not
 * @param result JSON text, if there is a result
 * @param next where the job goes
 * @param holdsKey whether the job was accepted with a unique key, released when its life ends or it
 *     is discarded
 * @param follow what else happens where the job's life ends or it is discarded
 */
public record Ending(
        long jobId,
        long claimId,
        long workerId,
        int attempt,
        Instant startedAt,
        Instant endedAt,
        Attempt.End end,
        @Nullable ErrorInfo error,
        @Nullable String result,
        Next next,
        boolean holdsKey,
        Follow follow) {

    /** The most jobs that one ending may bring. */
    public static final int MOST_FOLLOWERS = 1_000;

    /** An ending of a job outside any batch, which nothing follows. */
    public Ending(
            long jobId,
            long claimId,
            long workerId,
            int attempt,
            Instant startedAt,
            Instant endedAt,
            Attempt.End end,
            @Nullable ErrorInfo error,
            @Nullable String result,
            Next next,
            boolean holdsKey) {
        this(
                jobId,
                claimId,
                workerId,
                attempt,
                startedAt,
                endedAt,
                end,
                error,
                result,
                next,
                holdsKey,
                Follow.NOTHING);
    }

    /**
     * What happens in the transaction that records an ending, and only with it.
     *
     * @param batch the batch that the job belongs to, which counts it; 0 for none
     * @param then jobs accepted, without keys, at most {@value Ending#MOST_FOLLOWERS}; those that
     *     name a batch become its members
     */
    public record Follow(long batch, List<NewJob> then) {
        /** Nothing. */
        public static final Follow NOTHING = new Follow(0, List.of());

        /** Copies the jobs and checks them. */
        public Follow {
            then = List.copyOf(then);
            if (then.size() > MOST_FOLLOWERS || then.stream().anyMatch(NewJob::isKeyed)) {
                throw MillraceException.invalid(
                        ("an ending may bring at most %d jobs, none of them with keys, got %d;"
                                        + " nothing was recorded")
                                .formatted(MOST_FOLLOWERS, then.size()));
            }
        }
    }

    /** The same with what follows, unless it is no completion. */
    public Ending with(Follow newFollow) {
        return end != Attempt.End.COMPLETED
                ? this
                : new Ending(
                        jobId, claimId, workerId, attempt, startedAt, endedAt, end, error, result,
                        next, holdsKey, newFollow);
    }

    /** Whether it does more than move its own job. */
    public boolean follows() {
        return (follow.batch() != 0 || !follow.then().isEmpty())
                && (next instanceof Next.Finished || next instanceof Next.Discarded);
    }

    /** Where a job goes after an attempt. */
    public sealed interface Next {
        /** Nowhere: its life is over; {@link Attempt.End#isFinal()} holds. */
        record Finished() implements Next {}

        /**
         * Waits for another run.
         *
         * @param runAt when; at once (available) if not after the ending's {@code endedAt}
         * @param attempt the number of the next attempt
         * @param rescues carried on when interrupted, zero after an attempt that ended by itself
         */
        record Again(Instant runAt, int attempt, int rescues) implements Next {}

        /**
         * Waits for a signal, or until a moment: the job stands among the scheduled ones and is
         * made available by whichever comes first.
         *
         * @param signal its name
         * @param seen so many signals of this name were there before; when more are, the job is
         *     available at once
         * @param until {@link #FOR_EVER} for no bound; not before the ending's {@code endedAt}
         * @param attempt the number of the next attempt, which is not spent
         */
        record Waiting(String signal, int seen, Instant until, int attempt) implements Next {
            /** The last moment that a store can hold. */
            public static final Instant FOR_EVER = Instant.parse("9999-12-31T23:59:59Z");
        }

        /** Kept aside until a person or rule decides. */
        record Discarded() implements Next {}
    }
}
