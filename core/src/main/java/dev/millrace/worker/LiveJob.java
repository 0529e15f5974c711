package dev.millrace.worker;

import dev.millrace.job.Attempt;
import dev.millrace.job.StackNote;
import dev.millrace.job.Suspension;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A job in this worker's hands, from its claim until its ending is recorded. Thread-safe. */
public final class LiveJob {
    private static final int MOST_CAUSES = 50;

    private final ClaimedJob job;
    private final long workerId;
    private boolean settled;
    private @Nullable Notebook notebook;
    private @Nullable Thread thread;
    private Runnable whenInterrupted = () -> {};
    private boolean ended;
    private volatile boolean held = true;
    private volatile boolean interrupted;
    private volatile @Nullable String cancelled;
    private volatile @Nullable Stop stopped;
    private volatile boolean abandoned;
    private volatile boolean yielding;
    private volatile boolean progressed;
    private volatile long signNanos;
    private int waiting;
    private long silentSinceNanos = Long.MIN_VALUE;
    private volatile @Nullable Parked parked;
    private volatile boolean wentOn;
    private volatile @Nullable Ending committed;

    /** Why the watchdog stopped an attempt, with the stack of its thread at that moment. */
    record Stop(String type, String message, @Nullable StackNote stack) {}

    /**
     * How a handler that was unwound on purpose ended.
     *
     * @param type of the reason, for programs
     */
    record Parked(
            Attempt.End end, String type, String reason, Ending.Next next, Suspension suspension) {}

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

    /** The job's id. */
    public long id() {
        return job.id();
    }

    /** The queue it was claimed from. */
    public String queue() {
        return job.queue();
    }

    /** Whether somebody asked to cancel it. */
    boolean isCancelled() {
        return cancelled != null;
    }

    /** Whether the claim is still this worker's. */
    boolean isHeld() {
        return held;
    }

    /** What it has to report. */
    synchronized Notebook notebook() {
        if (notebook == null) {
            notebook = new Notebook(job, workerId);
        }
        return notebook;
    }

    /** Whether something was noted that is not written yet. */
    synchronized boolean hasNotes() {
        return notebook != null && !notebook.isEmpty();
    }

    /**
     * The handler is about to be called on the present thread.
     *
     * @param interrupts runs each time the handler is interrupted
     */
    synchronized void begin(Runnable interrupts) {
        thread = Thread.currentThread();
        whenInterrupted = interrupts;
        signNanos = System.nanoTime();
        if (interrupted || cancelled != null || stopped != null || !held) {
            interruptThread();
        }
    }

    /** The handler has ended: from here on an interrupt no longer reaches its thread. */
    synchronized void end() {
        ended = true;
        thread = null;
        Thread.interrupted();
    }

    /** Whether the handler has ended. */
    synchronized boolean isEnded() {
        return ended;
    }

    /** Takes the right to say how the attempt ended; only the first caller gets it. */
    synchronized boolean settle() {
        boolean first = !settled;
        settled = true;
        return first;
    }

    /** The handler does not end: what it still says is refused, its ending is said without it. */
    void abandon() {
        abandoned = true;
        held = false;
    }

    /** Whether its handler was given up. */
    boolean isAbandoned() {
        return abandoned;
    }

    /** The handler said something: it is alive. */
    void sign() {
        signNanos = System.nanoTime();
    }

    /** One of the handler's threads waits for the store: that is not its silence. */
    synchronized void waits() {
        waiting++;
    }

    /** The store answered. */
    synchronized void goesOn() {
        waiting--;
        sign();
    }

    /**
     * When the handler last said something, by the process's monotonic clock; now, while it waits
     * for the store.
     */
    synchronized long signNanos() {
        return waiting > 0 ? System.nanoTime() : signNanos;
    }

    /** Whether the handler has said nothing for so long; true once only until it speaks again. */
    synchronized boolean isSilentFor(Duration time) {
        long signed = signNanos;
        if (thread == null
                || signed == silentSinceNanos
                || System.nanoTime() - signed < time.toNanos()) {
            return false;
        }
        silentSinceNanos = signed;
        return true;
    }

    /** The stack of the handler's thread, while it runs. */
    synchronized Optional<StackNote> stack(Instant now) {
        return thread == null ? Optional.empty() : Optional.of(StackNote.of(thread, now));
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

    /** The watchdog has had enough: keeps the stack and interrupts the handler. */
    void stop(String type, String message, Instant now) {
        if (stopped == null) {
            stopped = new Stop(type, message, stack(now).orElse(null));
            interruptThread();
        }
    }

    /** Why the watchdog interrupted it, if it did. */
    @Nullable Stop stopped() {
        return stopped;
    }

    /** Whether the worker itself interrupted it. */
    boolean wasInterrupted() {
        return interrupted;
    }

    /** The worker stops: the handler is to end at its next checkpoint. */
    void askToYield() {
        yielding = true;
    }

    /** Whether the handler is to end at its next checkpoint. */
    boolean isYielding() {
        return yielding;
    }

    /** A checkpoint was recorded: rescues before it no longer count. */
    void progressed() {
        progressed = true;
    }

    /** How often a worker died with it since an attempt last ended or came further. */
    int rescues() {
        return progressed ? 0 : job.rescues();
    }

    /** The handler is being unwound on purpose. */
    void park(Parked how) {
        parked = how;
        wentOn = false;
    }

    /**
     * The handler's own thread goes on with steps and checkpoints: if it was to be unwound it has
     * swallowed that, and its return is the end of its work.
     */
    void wentOn() {
        wentOn = true;
    }

    /** How a handler that has returned was to be unwound, if it was. */
    @Nullable Parked parked() {
        return wentOn ? null : parked;
    }

    /** How a handler was unwound that ended with this; {@code null} if it failed. */
    @Nullable Parked parkedBy(Throwable thrown) {
        Parked last = parked;
        Throwable at = thrown;
        for (int depth = 0; last != null && at != null && depth < MOST_CAUSES; depth++) {
            if (at == last.suspension()) {
                return last;
            }
            at = at.getCause();
        }
        return null;
    }

    /** The handler recorded its completion in a transaction of its own. */
    void committed(Ending ending) {
        committed = ending;
    }

    /** The completion that the handler recorded in a transaction of its own, if it did. */
    @Nullable Ending committed() {
        return committed;
    }

    private synchronized void interruptThread() {
        if (thread != null && !ended) {
            thread.interrupt();
            whenInterrupted.run();
        }
    }
}
