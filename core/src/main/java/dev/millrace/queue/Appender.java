package dev.millrace.queue;

import dev.millrace.job.MillraceException;
import dev.millrace.loop.Backoff;
import dev.millrace.loop.Batcher;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Sends jobs to the store in natural batches. When an answer is lost the very same jobs are sent
 * again, marked as such, until the store answers or the patience ends; ids make that safe.
 * Thread-safe.
 */
final class Appender {
    private static final int MAX_BATCH = 2_000;
    private static final int MAX_PENDING = 20_000;
    private static final long MAX_PENDING_CHARS = 64 << 20;
    private static final int PARALLEL = 1;

    /** The most payload in one flush. */
    static final long MAX_BATCH_CHARS = 8 << 20;

    private final JobStore store;
    private final Duration patience;
    private final RandomGenerator random;
    private final Consumer<NewJob> delayed;
    private final Batcher<NewJob, Long> batcher;

    /**
     * @param patience how long to try again while the store does not answer
     * @param delayed hears of accepted jobs that are due later
     */
    Appender(JobStore store, Duration patience, RandomGenerator random, Consumer<NewJob> delayed) {
        this.store = store;
        this.patience = patience;
        this.random = random;
        this.delayed = delayed;
        this.batcher =
                new Batcher<>(
                        "millrace-appender",
                        new Batcher.Bounds(
                                MAX_BATCH,
                                MAX_BATCH_CHARS,
                                MAX_PENDING,
                                MAX_PENDING_CHARS,
                                PARALLEL),
                        job -> job.payload().length(),
                        Appender::isOneItemsFault,
                        this::send);
    }

    /** Answers when the job is accepted. */
    void append(NewJob job) throws InterruptedException {
        batcher.submit(job);
    }

    /** Accepts a whole chunk in one flush of its own; all or none. */
    List<Long> send(List<NewJob> jobs) {
        var backoff = new Backoff(Duration.ofMillis(20), Duration.ofSeconds(1), random);
        long giveUp = System.nanoTime() + patience.toNanos();
        boolean resend = false;
        boolean interrupted = false;
        while (true) {
            try {
                store.enqueue(jobs, resend);
                break;
            } catch (MillraceException e) {
                if (!isTransient(e) || System.nanoTime() - giveUp >= 0) {
                    throw resend ? unknown(e) : e;
                }
                resend = true;
                // an interrupt would cut every further connection of a virtual thread
                interrupted |= Thread.interrupted();
                interrupted |= pauseInterrupted(backoff);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        jobs.stream().filter(NewJob::isDelayed).forEach(delayed);
        return jobs.size() == 1
                ? Collections.singletonList(jobs.getFirst().id())
                : jobs.stream().map(NewJob::id).toList();
    }

    private static boolean pauseInterrupted(Backoff backoff) {
        try {
            backoff.pause();
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** An earlier try may have succeeded without its answer arriving. */
    private static MillraceException unknown(MillraceException e) {
        return new MillraceException(
                MillraceException.Code.STORE_UNAVAILABLE,
                "the store did not answer, so the job may or may not have been accepted; at last: "
                        + e.getMessage(),
                e);
    }

    private static boolean isOneItemsFault(Throwable failure) {
        return failure instanceof MillraceException e
                && e.code() == MillraceException.Code.INVALID_INPUT;
    }

    private static boolean isTransient(Throwable failure) {
        return failure instanceof MillraceException e
                && e.code() == MillraceException.Code.STORE_UNAVAILABLE;
    }
}
