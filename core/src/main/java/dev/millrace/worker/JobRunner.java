package dev.millrace.worker;

import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Outcome;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.StackNote;
import dev.millrace.job.Task;
import dev.millrace.job.TimeLimits;
import dev.millrace.job.Verdict;
import dev.millrace.loop.Backoff;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * Runs one claimed job on the calling thread and says how it ended. Whatever the handler does —
 * returns, throws anything at all, answers rubbish — an {@link Ending} comes out. Thread-safe.
 */
public final class JobRunner {
    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

    private final Handlers handlers;
    private final RunTools tools;
    private final LongPredicate started;

    /**
     * A runner for these handlers.
     *
     * @param started whether a job has ever started; asked only of jobs past their time to live
     */
    public JobRunner(Handlers handlers, RunTools tools, LongPredicate started) {
        this.handlers = handlers;
        this.tools = tools;
        this.started = started;
    }

    /** What becomes of a handler that was interrupted and does not end. */
    public interface Abandoned {
        /** The attempt is to be recorded so, without it. */
        void ending(Ending ending);

        /** Its claim is another's: there is nothing to record. */
        void lost();

        /** The worker stops; the job stays with the thread, lest it run twice. */
        void hangs();
    }

    /**
     * Calls the handler and decides where the job goes. Never throws.
     *
     * @param abandoned hears when the handler, interrupted, does not end in time; this call goes on
     *     until it does
     */
    public Ending run(LiveJob live, Abandoned abandoned) {
        Instant started = Instant.EPOCH;
        try {
            started = tools.now();
            return run(live, started, abandoned);
        } catch (Throwable unexpected) {
            return broken(live, started, unexpected);
        }
    }

    /** The engine's own last resort, for instance when memory ran out between two steps. */
    private static Ending broken(LiveJob live, Instant started, Throwable unexpected) {
        LOG.atError()
                .addKeyValue("job", live.id())
                .setCause(unexpected)
                .log("an attempt could not be brought to its end; it counts as failed");
        var draft = new Draft(live, started, started);
        ErrorInfo error = ErrorInfo.of(unexpected);
        return live.claimed().attempt() >= live.claimed().maxAttempts()
                ? draft.discarded(error)
                : draft.failed(Duration.ofSeconds(10), error);
    }

    private Ending run(LiveJob live, Instant started, Abandoned abandoned) {
        ClaimedJob job = live.claimed();
        if (live.isCancelled()) {
            return new Draft(live, started, started).cancelled();
        }
        try {
            if (isExpired(job, started)) {
                return new Draft(live, started, started).expired();
            }
        } catch (MillraceException e) {
            // whether it ever started is not to be known now: it goes back and is asked again
            return new Draft(live, started, started).interrupted(ErrorInfo.of(e));
        }
        Optional<Handlers.Bound<?>> bound = handlers.find(job.kind(), job.version());
        if (bound.isEmpty()) {
            return new Draft(live, started, tools.now())
                    .discarded(
                            ErrorInfo.reason(
                                    "unknown-kind",
                                    "no handler for kind '%s' version %d"
                                            .formatted(job.kind(), job.version())));
        }
        return run(live, bound.get(), started, abandoned);
    }

    private <P> Ending run(
            LiveJob live, Handlers.Bound<P> bound, Instant started, Abandoned abandoned) {
        ClaimedJob job = live.claimed();
        Task<P> task = bound.task();
        P payload;
        try {
            payload =
                    task.read(
                            tools.json(),
                            "payload of job " + job.id() + " (kind '" + job.kind() + "')",
                            job.version(),
                            job.payload());
        } catch (RuntimeException | StackOverflowError e) {
            return new Draft(live, started, tools.now()).discarded(ErrorInfo.of(e));
        }
        TimeLimits limits = limits(task, job);
        var context = new HandlerContext(live, tools, started, limits.slice());
        var watch =
                tools.watchdog().watch(live, limits, () -> abandon(live, task, started, abandoned));
        Object answer = null;
        Throwable thrown = null;
        live.begin(watch::interrupted);
        try {
            answer = bound.handler().handle(payload, context);
            context.finish();
        } catch (Throwable e) {
            thrown = e;
        } finally {
            live.end();
            watch.over();
        }
        flushNotes(live);
        if (live.wasInterrupted()) {
            countCommitted(context);
        }
        var draft = new Draft(live, started, tools.now());
        if (live.committed() != null) {
            return committed(draft, live.committed(), task, thrown);
        }
        return thrown == null ? answered(draft, answer) : failed(draft, task, thrown);
    }

    private static TimeLimits limits(Task<?> task, ClaimedJob job) {
        Duration own = job.terms().timeout();
        return own == null ? task.limits() : task.limits().withTimeout(own);
    }

    private static void countCommitted(HandlerContext context) {
        try {
            context.countCommitted();
        } catch (MillraceException e) {
            LOG.atDebug()
                    .addKeyValue("job", context.id())
                    .setCause(e)
                    .log("whether a checkpoint was committed is not known; rescues stay counted");
        }
    }

    /** What the handler said last is written before the fence falls. */
    private void flushNotes(LiveJob live) {
        boolean interrupted = false;
        while (live.isHeld() && live.hasNotes() && live.committed() == null) {
            try {
                tools.reporter().write(live, () -> {});
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (RuntimeException e) {
                LOG.atDebug()
                        .addKeyValue("job", live.id())
                        .setCause(e)
                        .log("what a job reported last is not kept");
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The handler recorded the completion in its own transaction: whether that committed shows in
     * whether the claim is still held. The same ending is reported again then, which the store
     * knows.
     */
    private Ending committed(
            Draft draft, Ending completion, Task<?> task, @Nullable Throwable thrown) {
        try {
            if (!isHeldInStore(draft.live)) {
                return completion;
            }
        } catch (MillraceException e) {
            // if it committed, the store says so when this is recorded
            return draft.interrupted(ErrorInfo.of(e));
        }
        if (thrown != null) {
            return failed(draft, task, thrown);
        }
        return retried(
                draft,
                task,
                ErrorInfo.reason(
                        "not-committed",
                        "the handler returned without committing the transaction in which it"
                                + " completed its job"),
                null);
    }

    private boolean isHeldInStore(LiveJob live) {
        var backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), tools.random());
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return tools.reporter().store().holds(live.workerId(), live.claimed().claim());
                } catch (MillraceException e) {
                    if (!Completer.passes(e) || tools.reporter().isHurried()) {
                        throw e;
                    }
                    LOG.debug("whether job {} completed is asked again", live.id(), e);
                }
                try {
                    backoff.pause();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void abandon(LiveJob live, Task<?> task, Instant started, Abandoned abandoned) {
        var draft = new Draft(live, started, tools.now());
        LiveJob.Stop stop = live.stopped();
        if (!live.isHeld()) {
            abandoned.lost();
        } else if (live.isCancelled()) {
            abandoned.ending(draft.cancelled());
        } else if (stop != null) {
            abandoned.ending(retried(draft, task, stopped(stop, "it did not end", ""), null));
        } else {
            abandoned.hangs();
        }
    }

    /** Only a job that never started expires; that is asked last, for it costs a look. */
    private boolean isExpired(ClaimedJob job, Instant now) {
        Instant expiresAt = job.terms().expiresAt();
        return expiresAt != null
                && !now.isBefore(expiresAt)
                && job.attempt() == 1
                && job.rescues() == 0
                && !started.test(job.id());
    }

    private Ending answered(Draft draft, @Nullable Object answer) {
        LiveJob.Parked parked = draft.live.parked();
        if (parked != null) {
            LOG.atWarn()
                    .addKeyValue("job", draft.job.id())
                    .addKeyValue("kind", draft.job.kind())
                    .log("a handler swallowed the Suspension by which its job waits; let it pass");
            return parked(draft, parked);
        }
        Outcome outcome = answer instanceof Outcome said ? said : new Outcome.Completed(answer);
        return switch (outcome) {
            case Outcome.Completed done -> completed(draft, done.result());
            case Outcome.Then then -> then(draft, then);
            case Outcome.Skipped skip -> draft.skipped(ErrorInfo.reason("skipped", skip.reason()));
            case Outcome.Snoozed snooze ->
                    draft.live.isCancelled()
                            ? draft.cancelled()
                            : draft.snoozed(
                                    snooze.delay(), ErrorInfo.reason("snoozed", snooze.reason()));
            case Outcome.Discarded discard ->
                    draft.discarded(ErrorInfo.reason("discarded", discard.reason()));
        };
    }

    private Ending completed(Draft draft, @Nullable Object result) {
        if (result == null) {
            return draft.completed(null);
        }
        try {
            String what = "result of job " + draft.job.id() + " (kind '" + draft.job.kind() + "')";
            return draft.completed(tools.json().write(what, result, tools.maxResultBytes()));
        } catch (RuntimeException | StackOverflowError e) {
            // the work is done, so doing it again would be wrong; a person has to look
            return draft.discarded(ErrorInfo.of(e));
        }
    }

    /** The work is done: what is to follow is made, however long the store takes to give ids. */
    private Ending then(Draft draft, Outcome.Then then) {
        boolean interrupted = false;
        try {
            var backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), tools.random());
            while (true) {
                try {
                    return completed(draft, then.result()).with(followers(draft, then));
                } catch (MillraceException e) {
                    if (e.code() != MillraceException.Code.STORE_UNAVAILABLE) {
                        return draft.discarded(ErrorInfo.of(e));
                    }
                    if (!draft.live.isHeld()) {
                        return draft.interrupted(ErrorInfo.of(e));
                    }
                    LOG.debug("what follows job {} waits for ids", draft.job.id(), e);
                }
                try {
                    backoff.pause();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Ending.Follow followers(Draft draft, Outcome.Then then) {
        long batch = draft.job.terms().batch();
        if (then.next().size() > Ending.MOST_FOLLOWERS) {
            throw MillraceException.invalid(
                    "at most %d jobs may follow a job at once, got %d (kind '%s'); it is set aside"
                            .formatted(
                                    Ending.MOST_FOLLOWERS, then.next().size(), draft.job.kind()));
        }
        var jobs = new ArrayList<NewJob>();
        for (JobRequest<?> request : then.next()) {
            NewJob job = tools.encoder().apply(request);
            jobs.add(batch == 0 ? job : job.inBatch(batch));
        }
        return new Ending.Follow(batch, jobs);
    }

    private static Ending parked(Draft draft, LiveJob.Parked parked) {
        if (draft.live.isCancelled()) {
            return draft.cancelled();
        }
        return draft.ending(
                parked.end(),
                ErrorInfo.reason(parked.type(), parked.reason()),
                null,
                parked.next());
    }

    private Ending failed(Draft draft, Task<?> task, Throwable thrown) {
        if (draft.live.isCancelled()) {
            return draft.cancelled();
        }
        LiveJob.Parked parked = draft.live.parkedBy(thrown);
        if (parked != null) {
            return parked(draft, parked);
        }
        LiveJob.Stop stop = draft.live.stopped();
        if (stop != null) {
            ErrorInfo end = ErrorInfo.of(thrown);
            return retried(
                    draft, task, stopped(stop, "it ended with " + end.type(), end.stack()), null);
        }
        if (draft.live.wasInterrupted()) {
            return draft.interrupted(ErrorInfo.of(thrown));
        }
        LOG.atDebug()
                .addKeyValue("job", draft.job.id())
                .addKeyValue("kind", draft.job.kind())
                .addKeyValue("attempt", draft.job.attempt())
                .setCause(thrown)
                .log("attempt failed");
        ErrorInfo error = ErrorInfo.of(thrown);
        if (thrown instanceof MillraceException e && isForPeople(e.code())) {
            return draft.discarded(error);
        }
        return switch (verdict(task, thrown)) {
            case Verdict.Retry retry -> retried(draft, task, error, null);
            case Verdict.RetryAfter after -> retried(draft, task, error, after.delay());
            case Verdict.Snooze snooze -> draft.snoozed(snooze.delay(), error);
            case Verdict.Discard discard -> draft.discarded(error);
            case Verdict.Skip skip -> draft.skipped(error);
        };
    }

    /** Another attempt would do what was done again, or fail alike. */
    private static boolean isForPeople(MillraceException.Code code) {
        return code == MillraceException.Code.STEPS_CHANGED
                || code == MillraceException.Code.STEP_NOT_KEPT;
    }

    /** The stack at the moment of the interrupt says where it stood; the later one how it ended. */
    private static ErrorInfo stopped(LiveJob.Stop stop, String how, String stack) {
        StackNote note = stop.stack();
        return new ErrorInfo(
                stop.type(),
                stop.message() + "; " + how,
                note == null ? stack : note.text() + stack);
    }

    private static Verdict verdict(Task<?> task, Throwable thrown) {
        Throwable why;
        try {
            Verdict verdict = task.verdictOn(thrown);
            if (Objects.nonNull(verdict)) {
                return verdict;
            }
            why = new NullPointerException("the verdict was null");
        } catch (Throwable broken) {
            why = broken;
        }
        LOG.warn("a verdict of kind '{}' failed; the job is retried", task.kind(), why);
        return Verdict.retry();
    }

    private Ending retried(Draft draft, Task<?> task, ErrorInfo error, @Nullable Duration delay) {
        ClaimedJob job = draft.job;
        if (job.attempt() >= job.maxAttempts()) {
            return draft.discarded(error);
        }
        RetryPolicy policy = job.retry() == null ? task.retry() : job.retry();
        return draft.failed(
                delay == null ? policy.waitAfter(job.attempt(), tools.random()) : delay, error);
    }
}
