package dev.millrace.worker;

import dev.millrace.job.JobContext;
import dev.millrace.store.ClaimedJob;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A job in this worker's hands, from its claim until its ending is recorded. Thread-safe. */
public final class LiveJob implements JobContext {
    private final ClaimedJob job;
    private final long workerId;
    private @Nullable Thread thread;
    private boolean ended;
    private volatile boolean held = true;
    private volatile boolean interrupted;
    private volatile @Nullable String cancelled;
    private volatile boolean timedOut;

    /**
     * A claimed job that has not started.
     *
     * @param workerId the worker that claimed it
     */
    public LiveJob(ClaimedJob job, long workerId) {
        this.job = job;
        this.workerId = workerId;
    }

    /** The job as it was claimed. */
    public ClaimedJob claimed() {
        return job;
    }

    /** The worker that claimed it. */
    public long workerId() {
        return workerId;
    }

    @Override
    public long id() {
        return job.id();
    }

    @Override
    public String kind() {
        return job.kind();
    }

    @Override
    public String queue() {
        return job.queue();
    }

    @Override
    public int attempt() {
        return job.attempt();
    }

    @Override
    public int maxAttempts() {
        return job.maxAttempts();
    }

    @Override
    public List<String> tags() {
        return job.tags();
    }

    @Override
    public Instant createdAt() {
        return job.createdAt();
    }

    @Override
    public Map<String, String> keys() {
        return job.terms().keys();
    }

    @Override
    public boolean isCancelled() {
        return cancelled != null;
    }

    @Override
    public boolean isHeld() {
        return held;
    }

    /** The handler is about to be called on the present thread. */
    synchronized void begin() {
        thread = Thread.currentThread();
        if (interrupted || cancelled != null || timedOut || !held) {
            thread.interrupt();
        }
    }

    /** The handler has ended: from here on an interrupt no longer reaches its thread. */
    synchronized void end() {
        ended = true;
        thread = null;
        Thread.interrupted();
    }

    /** Interrupts the handler because the worker stops: its attempt will not be spent. */
    void interrupt() {
        interrupted = true;
        interruptThread();
    }

    /** The claim is another's: interrupts the handler, whatever it reports will be refused. */
    void lose() {
        held = false;
        interruptThread();
    }

    /** Somebody asked to cancel the job: interrupts the handler once. */
    void cancel(String reason) {
        if (cancelled == null) {
            cancelled = reason;
            interruptThread();
        }
    }

    /** The reason given by whoever asked to cancel it. */
    String cancelReason() {
        String reason = cancelled;
        return reason == null ? "no reason given" : reason;
    }

    /** The attempt took longer than its timeout: interrupts the handler. */
    void timeOut() {
        timedOut = true;
        interruptThread();
    }

    /** Whether its timeout passed while the handler ran. */
    boolean hasTimedOut() {
        return timedOut;
    }

    /** Whether the worker itself interrupted it. */
    boolean wasInterrupted() {
        return interrupted;
    }

    private synchronized void interruptThread() {
        if (thread != null && !ended) {
            thread.interrupt();
        }
    }
}
