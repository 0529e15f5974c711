package dev.millrace.worker;

import dev.millrace.job.JobContext;
import dev.millrace.store.ClaimedJob;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/** A job in this worker's hands, from its claim until its ending is recorded. Thread-safe. */
public final class LiveJob implements JobContext {
    private final ClaimedJob job;
    private final long workerId;
    private @Nullable Thread thread;
    private boolean ended;
    private volatile boolean held = true;
    private volatile boolean interrupted;

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
    public boolean isHeld() {
        return held;
    }

    /** The handler is about to be called on the present thread. */
    synchronized void begin() {
        thread = Thread.currentThread();
        if (interrupted) {
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
