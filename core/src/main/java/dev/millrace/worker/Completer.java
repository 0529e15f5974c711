package dev.millrace.worker;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.MillraceException;
import dev.millrace.loop.Backoff;
import dev.millrace.loop.Batcher;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.Recorded;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;

/**
 * Records endings in natural batches. While the store does not answer, endings wait here, at most
 * {@value #MAX_PENDING} and about 64 MiB of results and errors; beyond that handlers' threads wait
 * with their slots. Repeating a report is safe: the store answers that it was recorded. An ending
 * whose handler left a transaction open that holds its job's row waits by itself for that to end;
 * such are no more than the connections that handlers keep. Thread-safe.
 */
final class Completer {
    static final int MAX_PENDING = 10_000;

    /** In characters, mostly of one byte each; an ending that passes it is the last taken. */
    static final long MAX_PENDING_CHARS = 64 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Completer.class);
    private static final int MAX_BATCH = 2_000;
    private static final int PARALLEL = 2;
    private static final long MAX_BATCH_CHARS = 8 << 20;

    /** What a job that follows weighs beside its payload: no flush brings more than 10,000. */
    private static final long FOLLOWER_CHARS = 1_000;

    private final JobStore store;
    private final RandomGenerator random;
    private final Done done;
    private final LongAdder refused = new LongAdder();
    private final LongAdder completed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Batcher<Ending, Recorded> batcher;
    private final AtomicInteger apart = new AtomicInteger();
    private volatile boolean hurried;

    /** Hears of endings. */
    @FunctionalInterface
    interface Done {
        /**
         * An ending left this worker's hands.
         *
         * @param recorded whether the store has it; otherwise it was refused or could not be kept
         */
        void done(LiveJob live, Ending ending, boolean recorded);
    }

    /**
     * @param done hears of each ending that left this worker's hands
     */
    Completer(JobStore store, RandomGenerator random, Done done) {
        this.store = store;
        this.random = random;
        this.done = done;
        this.batcher =
                new Batcher<>(
                        "millrace-completer",
                        new Batcher.Bounds(
                                MAX_BATCH,
                                MAX_BATCH_CHARS,
                                MAX_PENDING,
                                MAX_PENDING_CHARS,
                                PARALLEL),
                        Completer::weight,
                        failure -> !passes(failure),
                        this::flush);
    }

    /** Hands in an ending; waits only while the buffer is full. An interrupt is put off. */
    void complete(LiveJob live, Ending ending) {
        boolean interrupted = false;
        while (true) {
            try {
                batcher.offer(ending, (answer, failure) -> answered(live, ending, answer, failure));
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Endings refused because the claim was no longer held. */
    long refused() {
        return refused.sum();
    }

    /** Recorded endings by which a job completed. */
    long completed() {
        return completed.sum();
    }

    /** Recorded endings by which an attempt failed. */
    long failed() {
        return failed.sum();
    }

    boolean isIdle() {
        return batcher.isIdle() && apart.get() == 0;
    }

    /** From now on a store that does not answer is given up on after one try. */
    void hurry() {
        hurried = true;
    }

    private static long weight(Ending ending) {
        String result = ending.result();
        ErrorInfo error = ending.error();
        long followers = 0;
        for (NewJob next : ending.follow().then()) {
            followers += next.payload().length() + FOLLOWER_CHARS;
        }
        return followers
                + (result == null ? 0L : result.length())
                + (error == null ? 0L : error.message().length() + error.stack().length());
    }

    private List<Recorded> flush(List<Ending> endings) throws InterruptedException {
        var backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), random);
        while (true) {
            try {
                return store.complete(endings);
            } catch (MillraceException e) {
                if (!passes(e) || hurried) {
                    throw e;
                }
                LOG.debug("{} endings wait for the store", endings.size(), e);
                backoff.pause();
            }
        }
    }

    private void answered(
            LiveJob live, Ending ending, @Nullable Recorded answer, @Nullable Throwable failure) {
        if (answer == Recorded.BUSY) {
            LOG.atWarn()
                    .addKeyValue("job", ending.jobId())
                    .addKeyValue("kind", live.claimed().kind())
                    .log(
                            "a handler ended and left a transaction open in which it kept a"
                                    + " checkpoint or its completion: the ending waits for that to"
                                    + " end; commit or roll back before the handler ends");
            apart.incrementAndGet();
            Thread.startVirtualThread(() -> waitApart(live, ending));
            return;
        }
        if (failure != null && isRefusedForGood(failure) && !isBare(ending)) {
            LOG.atError()
                    .addKeyValue("job", ending.jobId())
                    .setCause(failure)
                    .log("the store cannot keep what this attempt left; it is recorded without");
            // on a thread of its own: a flusher must never wait for room in its own buffer
            Thread.startVirtualThread(() -> complete(live, bare(ending, failure)));
            return;
        }
        if (failure != null) {
            LOG.atError()
                    .addKeyValue("job", ending.jobId())
                    .addKeyValue("worker", ending.workerId())
                    .setCause(failure)
                    .log("an ending could not be recorded; the job will be rescued and run again");
        } else if (answer == Recorded.LOST) {
            refused.increment();
            LOG.atWarn()
                    .addKeyValue("job", ending.jobId())
                    .addKeyValue("worker", ending.workerId())
                    .addKeyValue("end", ending.end())
                    .log("an ending was refused: the claim was no longer held");
        } else {
            count(ending.end());
        }
        done.done(live, ending, failure == null && answer != Recorded.LOST);
    }

    private void waitApart(LiveJob live, Ending ending) {
        try {
            var backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), random);
            Recorded answer = Recorded.BUSY;
            while (answer == Recorded.BUSY) {
                backoff.pause();
                answer = flush(List.of(ending)).getFirst();
                if (answer == Recorded.BUSY && hurried) {
                    throw new MillraceException(
                            MillraceException.Code.STORE_UNAVAILABLE,
                            "the transaction that its handler left open is still open");
                }
            }
            answered(live, ending, answer, null);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        } catch (RuntimeException e) {
            answered(live, ending, null, e);
        } finally {
            apart.decrementAndGet();
        }
    }

    private void count(Attempt.End end) {
        switch (end) {
            case COMPLETED, SKIPPED -> completed.increment();
            case FAILED, DISCARDED -> failed.increment();
            case SNOOZED, RESCUED, INTERRUPTED, CANCELLED, EXPIRED, SLEPT, WAITED, YIELDED -> {
                // nobody failed
            }
        }
    }

    private static boolean isBare(Ending ending) {
        return ending.result() == null && ending.end() == Attempt.End.DISCARDED;
    }

    /** The job is set aside, so that a person sees what the store could not keep. */
    private static Ending bare(Ending ending, Throwable failure) {
        return new Ending(
                ending.jobId(),
                ending.claimId(),
                ending.workerId(),
                ending.attempt(),
                ending.startedAt(),
                ending.endedAt(),
                Attempt.End.DISCARDED,
                ErrorInfo.reason("not-recordable", "the store refused the ending: " + failure),
                null,
                new Ending.Next.Discarded(),
                ending.holdsKey(),
                new Ending.Follow(ending.follow().batch(), List.of()));
    }

    private static boolean isRefusedForGood(Throwable failure) {
        return !passes(failure)
                && !(failure instanceof MillraceException e
                        && e.code() == MillraceException.Code.CLOSED);
    }

    /** Whether the same report may succeed later: an outage, a full or read-only store. */
    static boolean passes(Throwable failure) {
        return failure instanceof MillraceException e
                && e.code() != MillraceException.Code.INVALID_INPUT
                && e.code() != MillraceException.Code.CLOSED;
    }
}
