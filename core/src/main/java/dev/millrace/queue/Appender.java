package dev.millrace.queue;

import dev.millrace.job.Durability;
import dev.millrace.job.MillraceException;
import dev.millrace.loop.Backoff;
import dev.millrace.loop.Batcher;
import dev.millrace.store.Accepted;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Sends jobs to the store in natural batches. When an answer is lost the very same jobs are sent
 * again, marked as such, until the store answers or the patience ends; ids make that safe.
 * Thread-safe.
 */
final class Appender {
    private static final Logger LOG = LoggerFactory.getLogger(Appender.class);
    private static final int MAX_BATCH = 2_000;
    private static final int MAX_PENDING = 20_000;
    private static final long MAX_PENDING_CHARS = 64 << 20;
    private static final int PARALLEL = 1;
    private static final int MAX_KEYED_BATCH = 500;
    private static final int PARALLEL_KEYED = 2;
    private static final int PARALLEL_BUSY = 2;

    /** The most payload in one flush. */
    static final long MAX_BATCH_CHARS = 8 << 20;

    private final JobStore store;
    private final Duration patience;
    private final RandomGenerator random;
    private final Consumer<NewJob> told;
    private final Batcher<NewJob, Long> plain;
    private final Batcher<NewJob, Accepted> keyed;

    /** For keys known to be busy, one job at a time. */
    private final Batcher<NewJob, Accepted> busy;

    private final BusyKeys busyKeys = new BusyKeys();
    private final LongAdder lost = new LongAdder();

    /**
     * @param patience how long to try again while the store does not answer
     * @param told hears of every job that was accepted
     */
    Appender(JobStore store, Duration patience, RandomGenerator random, Consumer<NewJob> told) {
        this.store = store;
        this.patience = patience;
        this.random = random;
        this.told = told;
        this.plain =
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
        this.keyed =
                new Batcher<>(
                        "millrace-keyed-appender",
                        new Batcher.Bounds(
                                MAX_KEYED_BATCH,
                                MAX_BATCH_CHARS,
                                MAX_PENDING,
                                MAX_PENDING_CHARS,
                                PARALLEL_KEYED),
                        job -> job.payload().length(),
                        Appender::isOneItemsFault,
                        this::sendTogether);
        this.busy =
                new Batcher<>(
                        "millrace-busy-keys",
                        new Batcher.Bounds(
                                1, MAX_BATCH_CHARS, MAX_PENDING, MAX_PENDING_CHARS, PARALLEL_BUSY),
                        job -> job.payload().length(),
                        failure -> false,
                        this::sendKeyed);
    }

    /**
     * Answers when the job is accepted or known to be a duplicate; for {@link Durability#MEMORY} as
     * soon as there is room for it here.
     */
    Accepted append(NewJob job) throws InterruptedException {
        if (job.isKeyed()) {
            return appendKeyed(job);
        }
        if (job.durability() == Durability.MEMORY) {
            plain.offer(job, (id, failure) -> written(job, failure));
        } else {
            plain.submit(job);
        }
        return new Accepted(job.id(), Accepted.How.NEW);
    }

    /** Jobs whose receipt came before they were written and that then could not be. */
    long lost() {
        return lost.sum();
    }

    /** Waits until what was accepted in memory only has been written, or the patience ends. */
    void drain(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        var pause = new Backoff(Duration.ofMillis(1), Duration.ofMillis(20), random);
        while (!plain.isIdle() && System.nanoTime() - end < 0) {
            pause.pause();
        }
    }

    private void written(NewJob job, @Nullable Throwable failure) {
        if (failure != null) {
            lost.increment();
            LOG.atError()
                    .addKeyValue("job", job.id())
                    .addKeyValue("kind", job.kind())
                    .setCause(failure)
                    .log("a job accepted in memory could not be written and is lost");
        }
    }

    /**
     * A key that a transaction still open is about to decide holds up its own callers only: once
     * the store has found it busy, they go on in a lane apart, one after the other.
     */
    private Accepted appendKeyed(NewJob job) throws InterruptedException {
        String key = BusyKeys.key(job);
        long giveUp = System.nanoTime() + patience.toNanos();
        if (!busyKeys.enterIfBusy(key)) {
            try {
                return keyed.submit(job);
            } catch (MillraceException e) {
                // found busy while it was sent, which entered it already
                if (e.code() != MillraceException.Code.KEY_BUSY) {
                    throw e;
                }
            }
        }
        try {
            return busyKeys.inTurn(key, giveUp, () -> whileBusy(giveUp, () -> busy.submit(job)));
        } finally {
            busyKeys.leave(key);
        }
    }

    /**
     * Sends jobs of many callers. Keys known to be busy are not tried, so that nobody waits for
     * them here; a job refused on its own for a busy key has entered it.
     */
    private List<Accepted> sendTogether(List<NewJob> jobs) {
        boolean alone = jobs.size() == 1;
        String first = BusyKeys.key(jobs.getFirst());
        if (alone && busyKeys.enterIfBusy(first)
                || !alone && jobs.stream().anyMatch(job -> busyKeys.isBusy(BusyKeys.key(job)))) {
            throw BusyKeys.busy(null);
        }
        try {
            return sendKeyed(jobs);
        } catch (MillraceException e) {
            if (alone && e.code() == MillraceException.Code.KEY_BUSY) {
                busyKeys.enter(first);
            }
            throw e;
        }
    }

    /** What is sent to the store and may find a key busy; nothing was accepted then. */
    @FunctionalInterface
    private interface Sending<R> {
        R send() throws InterruptedException;
    }

    private <R> R whileBusy(long giveUp, Sending<R> sending) throws InterruptedException {
        var backoff = new Backoff(Duration.ofMillis(20), Duration.ofMillis(250), random);
        while (true) {
            try {
                return sending.send();
            } catch (MillraceException e) {
                if (e.code() != MillraceException.Code.KEY_BUSY
                        || System.nanoTime() - giveUp >= 0) {
                    throw e;
                }
                backoff.pause();
            }
        }
    }

    /** Accepts a whole chunk of jobs without keys in one flush of its own; all or none. */
    List<Long> send(List<NewJob> jobs) {
        sent(resend -> {
            store.enqueue(jobs, resend);
            return jobs;
        });
        jobs.forEach(told);
        return jobs.size() == 1
                ? Collections.singletonList(jobs.getFirst().id())
                : jobs.stream().map(NewJob::id).toList();
    }

    /** Accepts a whole chunk of jobs, keyed or not, and waits for keys that are busy. */
    List<Accepted> sendBulk(List<NewJob> jobs) throws InterruptedException {
        return whileBusy(System.nanoTime() + patience.toNanos(), () -> sendKeyed(jobs));
    }

    private List<Accepted> sendKeyed(List<NewJob> jobs) {
        List<Accepted> answers = sent(resend -> store.enqueueKeyed(jobs, resend));
        tell(jobs, answers);
        return answers;
    }

    /** Tells of those jobs that were accepted. */
    void tell(List<NewJob> jobs, List<Accepted> answers) {
        for (int i = 0; i < jobs.size(); i++) {
            switch (answers.get(i).how()) {
                case NEW, REPLACED -> told.accept(jobs.get(i));
                case DUPLICATE, CONFLICT -> {
                    // another job stands for it
                }
            }
        }
    }

    /** Sends until the store answers; from the second time on as what may be there already. */
    <R> R sent(Function<Boolean, R> send) {
        var backoff = new Backoff(Duration.ofMillis(20), Duration.ofSeconds(1), random);
        long giveUp = System.nanoTime() + patience.toNanos();
        boolean resend = false;
        boolean interrupted = false;
        R answer;
        while (true) {
            try {
                answer = send.apply(resend);
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
        return answer;
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
                && (e.code() == MillraceException.Code.INVALID_INPUT
                        || e.code() == MillraceException.Code.KEY_BUSY);
    }

    private static boolean isTransient(Throwable failure) {
        return failure instanceof MillraceException e
                && e.code() == MillraceException.Code.STORE_UNAVAILABLE;
    }
}
