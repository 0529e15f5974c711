package dev.millrace.worker;

import dev.millrace.job.Attempt.End;
import dev.millrace.job.Checkpoint;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobContext;
import dev.millrace.job.LogLine;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.job.Outcome;
import dev.millrace.job.Retries;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Shape;
import dev.millrace.job.Suspension;
import dev.millrace.job.Walk;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Report;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;

/** A running job as its handler sees it. Thread-safe. */
final class HandlerContext implements JobContext {
    /** The name of the handler's own cursor; names of walks are never empty. */
    private static final String OWN = "";

    /** Of a job whose checkpoint is too new: as long again as that is old, within these. */
    private static final Duration FIRST_WAIT = Duration.ofSeconds(10);

    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final LiveJob live;
    private final ClaimedJob job;
    private final RunTools tools;
    private final Instant started;
    private final @Nullable Duration slice;
    private final long startedNanos = System.nanoTime();
    private final Thread handler = Thread.currentThread();
    private final ReentrantLock keeping = new ReentrantLock();

    // most jobs need neither, and a hundred thousand may be running
    private @Nullable Pacemaker pace;
    private @Nullable Past past;

    /** What is needed to go on where earlier attempts stood. */
    private record Past(Carry carry, Steps steps, Waits waits) {}

    HandlerContext(LiveJob live, RunTools tools, Instant started, @Nullable Duration slice) {
        this.live = live;
        this.job = live.claimed();
        this.tools = tools;
        this.started = started;
        this.slice = slice;
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
    public long batch() {
        return job.terms().batch();
    }

    @Override
    public Map<String, String> keys() {
        return job.terms().keys();
    }

    @Override
    public Outcome retryAfter(Duration delay, String name) {
        var limits = tools.reporter().limits();
        var key = limits.named(id(), queue(), keys(), name);
        var snoozed = new Outcome.Snoozed(delay, "%s is left alone for %s".formatted(key, delay));
        var now = tools.clock().instant();
        limits.pause(key, now.plus(delay), now);
        return snoozed;
    }

    @Override
    public boolean isCancelled() {
        return live.isCancelled();
    }

    @Override
    public boolean isHeld() {
        return live.isHeld();
    }

    LiveJob live() {
        return live;
    }

    private synchronized Past past() {
        if (past == null) {
            var carry = new Carry(tools.reporter(), tools.json(), job.id());
            var steps = new Steps(this, carry, tools, handler);
            past = new Past(carry, steps, new Waits(this, carry, steps, tools));
        }
        return past;
    }

    @Override
    public void progress(long done, long total, @Nullable String message) {
        live.sign();
        if (live.committed() != null) {
            return;
        }
        synchronized (this) {
            if (pace == null) {
                pace = new Pacemaker();
            }
            live.notebook().progress(pace.at(done, total, message, tools.now()));
        }
        tools.reporter().note(live);
    }

    @Override
    public void log(LogLine.Level level, String message) {
        live.sign();
        if (live.committed() != null) {
            return;
        }
        if (live.notebook().log(new LogLine(tools.now(), level, message)) && live.isHeld()) {
            try {
                tools.reporter().write(live, () -> {});
            } catch (InterruptedException e) {
                // the line is noted; the handler learns of the interrupt where it waits next
                Thread.currentThread().interrupt();
            }
        } else {
            tools.reporter().note(live);
        }
    }

    @Override
    public <C> Optional<C> lastCheckpoint(Shape<C> cursor) {
        String what = "checkpoint of job %d (kind '%s')".formatted(job.id(), job.kind());
        return kept(OWN, cursor)
                .map(kept -> cursor.read(tools.json(), what, kept.version(), kept.text()));
    }

    /** What was kept under a name; suspends the job where that is newer than this program. */
    Optional<Carry.Cursor> kept(String name, Shape<?> shape) {
        Optional<Carry.Cursor> kept = past().carry().cursor(name);
        if (kept.isPresent()
                && !shape.reads(kept.get().version())
                && kept.get().version() > shape.version()) {
            throw suspend(
                    End.SNOOZED,
                    ErrorInfo.NEWER_CHECKPOINT,
                    ("its checkpoint has version %d, this worker reads %d at most; it waits for one"
                                    + " that reads it")
                            .formatted(kept.get().version(), shape.version()),
                    again(afterNewer()));
        }
        return kept;
    }

    /** A deploy under way ends soon; what it left behind is not tried, and recorded, for ever. */
    private Instant afterNewer() {
        Instant now = tools.now();
        Duration age =
                past().carry()
                        .checkpointAt()
                        .map(at -> Duration.between(at, now))
                        .orElse(FIRST_WAIT);
        Duration wait = age.compareTo(FIRST_WAIT) < 0 ? FIRST_WAIT : age;
        return now.plus(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait);
    }

    @Override
    public <C> void checkpoint(Shape<C> shape, C cursor) throws InterruptedException {
        keep(OWN, written(shape, cursor));
        yieldIfWanted();
    }

    @Override
    public <C> void checkpoint(Connection connection, Shape<C> shape, C cursor) {
        keep(connection, OWN, written(shape, cursor));
    }

    private <C> Carry.Cursor written(Shape<C> shape, C cursor) {
        String what = "checkpoint of job %d (kind '%s')".formatted(job.id(), job.kind());
        return new Carry.Cursor(
                shape.version(), tools.json().write(what, cursor, Checkpoint.MAX_BYTES));
    }

    /** Keeps a cursor under a name; durable when it returns. */
    void keep(String name, Carry.Cursor cursor) throws InterruptedException {
        Carry carry = past().carry();
        // one at a time: each is built upon the one before
        keeping.lockInterruptibly();
        try {
            do {
                write(() -> live.notebook().checkpoint(carry.next(name, cursor, tools.now())));
            } while (carry.isOutrun(name, cursor));
        } finally {
            keeping.unlock();
        }
        live.progressed();
        wentOn();
    }

    private void wentOn() {
        if (handler.equals(Thread.currentThread())) {
            live.wentOn();
        }
    }

    /** Keeps a cursor under a name in the handler's own transaction. */
    void keep(Connection connection, String name, Carry.Cursor cursor) {
        live.sign();
        Carry carry = past().carry();
        Checkpoint seen = tools.reporter().store().checkpoint(connection, job.id()).orElse(null);
        var next = carry.next(seen, name, cursor, tools.now());
        var report =
                new Report(
                        job.id(),
                        job.claimId(),
                        live.workerId(),
                        null,
                        next,
                        List.of(),
                        null,
                        null);
        tools.reporter().store().report(connection, report);
        wentOn();
    }

    @Override
    public void completeIn(Connection connection, @Nullable Object result) {
        if (live.hasNotes()) {
            try {
                tools.reporter().writeIfFree(live);
            } catch (InterruptedException e) {
                throw new MillraceException(
                        MillraceException.Code.STORE_UNAVAILABLE,
                        "job %d was interrupted before it could complete; nothing was recorded, roll back"
                                .formatted(job.id()),
                        e);
            }
        }
        String text =
                result == null
                        ? null
                        : tools.json()
                                .write(
                                        "result of job %d (kind '%s')"
                                                .formatted(job.id(), job.kind()),
                                        result,
                                        tools.maxResultBytes());
        var ending =
                new Ending(
                        job.id(),
                        job.claimId(),
                        live.workerId(),
                        job.attempt(),
                        started,
                        tools.now(),
                        End.COMPLETED,
                        null,
                        text,
                        new Ending.Next.Finished(),
                        job.terms().unique() != null,
                        new Ending.Follow(job.terms().batch(), List.of()));
        tools.reporter().store().complete(connection, ending);
        live.committed(ending);
    }

    @Override
    public <R> R step(String name, Class<R> type, RetryPolicy retry, Callable<? extends R> body)
            throws Exception {
        Names.check("step", name);
        return past().steps().step(name, type, retry, body);
    }

    @Override
    public <C, I> void walk(Walk<C, I> walk, Walk.PageHandler<I> pages) throws Exception {
        new Walking<>(this, walk, tools).run(pages);
    }

    @Override
    public <T, R> List<R> parallel(
            Collection<T> items, int most, RetryPolicy retry, Each<? super T, R> each)
            throws Exception {
        return new Parallel<T, R>(most, item -> retrying(retry, () -> each.apply(item))).run(items);
    }

    @Override
    public <R> R retrying(RetryPolicy policy, Callable<R> call) throws Exception {
        return Retries.call(policy, tools.random(), call).value();
    }

    @Override
    public void sleepUntil(Instant moment) {
        past().waits().sleepUntil(moment);
    }

    @Override
    public void sleep(String name, Duration length) throws InterruptedException {
        past().waits().sleep(Names.check("sleep", name), length);
    }

    @Override
    public <T> T waitFor(String signal, Class<T> type) {
        return past().waits().waitFor(Names.check("signal", signal), type);
    }

    @Override
    public <T> Optional<T> waitFor(String signal, Class<T> type, Duration longest)
            throws InterruptedException {
        return past().waits().waitFor(Names.check("signal", signal), type, longest);
    }

    /** Notes that the recorded steps which this attempt did not ask for are there. */
    void finish() {
        if (hasPast()) {
            past().steps().reportUnused();
        }
    }

    /** What the handler kept in transactions of its own counts for the job, if they committed. */
    void countCommitted() {
        if (hasPast() && past().carry().hasMovedInTransaction()) {
            live.progressed();
        }
    }

    private synchronized boolean hasPast() {
        return past != null;
    }

    /** Has something noted and makes it durable, with all that was noted before. */
    void write(Runnable noting) throws InterruptedException {
        live.sign();
        tools.reporter().write(live, noting);
    }

    /** Ends the handler when the worker stops or the slice is over. */
    void yieldIfWanted() {
        if (live.isYielding()) {
            throw suspend(End.INTERRUPTED, "the worker shuts down", again(tools.now()));
        }
        if (slice != null && System.nanoTime() - startedNanos >= slice.toNanos()) {
            throw suspend(
                    End.YIELDED, "its slice of %s was over".formatted(slice), again(tools.now()));
        }
    }

    Ending.Next.Again again(Instant runAt) {
        return new Ending.Next.Again(runAt, job.attempt(), 0);
    }

    Suspension suspend(End end, String reason, Ending.Next next) {
        return suspend(end, end.name().toLowerCase(Locale.ROOT), reason, next);
    }

    private Suspension suspend(End end, String type, String reason, Ending.Next next) {
        var suspension = new Suspension(reason);
        live.park(new LiveJob.Parked(end, type, reason, next, suspension));
        return suspension;
    }
}
