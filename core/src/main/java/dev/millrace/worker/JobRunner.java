package dev.millrace.worker;

import dev.millrace.job.Attempt.End;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Outcome;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.job.Verdict;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Ending.Next;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.random.RandomGenerator;

/**
 * Runs one claimed job on the calling thread and says how it ended. Whatever the handler does —
 * returns, throws anything at all, answers rubbish — an {@link Ending} comes out. Thread-safe.
 */
public final class JobRunner {
    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

    private final Handlers handlers;
    private final Json json;
    private final Clock clock;
    private final RandomGenerator random;
    private final int maxResultBytes;
    private final Timeouts timeouts;
    private final LongPredicate started;

    /**
     * A runner for these handlers.
     *
     * @param timeouts interrupts handlers that take too long
     * @param started whether a job has ever started; asked only of jobs past their time to live
     * @param random where the jitter of retries comes from; must be thread-safe
     * @param maxResultBytes the largest result kept, in bytes of JSON
     */
    public JobRunner(
            Handlers handlers,
            Json json,
            Clock clock,
            RandomGenerator random,
            int maxResultBytes,
            Timeouts timeouts,
            LongPredicate started) {
        this.handlers = handlers;
        this.json = json;
        this.clock = clock;
        this.random = random;
        this.maxResultBytes = maxResultBytes;
        this.timeouts = timeouts;
        this.started = started;
    }

    /** Calls the handler and decides where the job goes. Never throws. */
    public Ending run(LiveJob live) {
        Instant started = Instant.EPOCH;
        try {
            started = now();
            return run(live, started);
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
        return live.attempt() >= live.maxAttempts()
                ? draft.discarded(error)
                : draft.failed(Duration.ofSeconds(10), error);
    }

    private Ending run(LiveJob live, Instant started) {
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
            return new Draft(live, started, now())
                    .discarded(
                            ErrorInfo.reason(
                                    "unknown-kind",
                                    "no handler for kind '%s' version %d"
                                            .formatted(job.kind(), job.version())));
        }
        return run(live, bound.get(), started);
    }

    private <P> Ending run(LiveJob live, Handlers.Bound<P> bound, Instant started) {
        ClaimedJob job = live.claimed();
        P payload;
        try {
            payload =
                    bound.task()
                            .read(
                                    json,
                                    "payload of job " + job.id() + " (kind '" + job.kind() + "')",
                                    job.version(),
                                    job.payload());
        } catch (RuntimeException | StackOverflowError e) {
            return new Draft(live, started, now()).discarded(ErrorInfo.of(e));
        }
        Object answer = null;
        Throwable thrown = null;
        Duration timeout = timeout(bound.task(), job);
        Runnable unwatch = timeouts.watch(live, timeout);
        live.begin();
        try {
            answer = bound.handler().handle(payload, live);
        } catch (Throwable e) {
            thrown = e;
        } finally {
            live.end();
            unwatch.run();
        }
        var draft = new Draft(live, started, now());
        return thrown == null
                ? answered(draft, answer)
                : failed(draft, bound.task(), thrown, timeout);
    }

    private static @Nullable Duration timeout(Task<?> task, ClaimedJob job) {
        Duration own = job.terms().timeout();
        return own == null ? task.timeout() : own;
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
        Outcome outcome = answer instanceof Outcome said ? said : new Outcome.Completed(answer);
        return switch (outcome) {
            case Outcome.Completed done -> completed(draft, done.result());
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
            return draft.completed(json.write(what, result, maxResultBytes));
        } catch (RuntimeException | StackOverflowError e) {
            // the work is done, so doing it again would be wrong; a person has to look
            return draft.discarded(ErrorInfo.of(e));
        }
    }

    private Ending failed(Draft draft, Task<?> task, Throwable thrown, @Nullable Duration timeout) {
        if (draft.live.isCancelled()) {
            return draft.cancelled();
        }
        if (draft.live.hasTimedOut() && timeout != null) {
            return retried(draft, task, timedOut(timeout, thrown), null);
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
        return switch (verdict(task, thrown)) {
            case Verdict.Retry retry -> retried(draft, task, error, null);
            case Verdict.RetryAfter after -> retried(draft, task, error, after.delay());
            case Verdict.Snooze snooze -> draft.snoozed(snooze.delay(), error);
            case Verdict.Discard discard -> draft.discarded(error);
            case Verdict.Skip skip -> draft.skipped(error);
        };
    }

    private static ErrorInfo timedOut(Duration timeout, Throwable thrown) {
        ErrorInfo shown = ErrorInfo.of(thrown);
        return new ErrorInfo(
                "timeout",
                "the attempt took longer than its timeout of %s and was interrupted; it ended with %s"
                        .formatted(timeout, shown.type()),
                shown.stack());
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
        return draft.failed(delay == null ? policy.waitAfter(job.attempt(), random) : delay, error);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /** What is known of an attempt that has just ended; each method is one way on. */
    private static final class Draft {
        private final LiveJob live;
        private final ClaimedJob job;
        private final Instant started;
        private final Instant ended;

        Draft(LiveJob live, Instant started, Instant ended) {
            this.live = live;
            this.job = live.claimed();
            this.started = started;
            this.ended = ended;
        }

        Ending completed(@Nullable String result) {
            return ending(End.COMPLETED, null, result, new Next.Finished());
        }

        Ending skipped(ErrorInfo why) {
            return ending(End.SKIPPED, why, null, new Next.Finished());
        }

        Ending failed(Duration delay, ErrorInfo error) {
            var again = new Next.Again(ended.plus(delay), job.attempt() + 1, 0);
            return ending(End.FAILED, error, null, again);
        }

        Ending discarded(ErrorInfo error) {
            return ending(End.DISCARDED, error, null, new Next.Discarded());
        }

        Ending snoozed(Duration delay, ErrorInfo why) {
            var again = new Next.Again(ended.plus(delay), job.attempt(), 0);
            return ending(End.SNOOZED, why, null, again);
        }

        Ending cancelled() {
            return ending(
                    End.CANCELLED,
                    ErrorInfo.reason("cancelled", live.cancelReason()),
                    null,
                    new Next.Finished());
        }

        Ending expired() {
            return ending(
                    End.EXPIRED,
                    ErrorInfo.reason("expired", "its time to live passed before it started"),
                    null,
                    new Next.Finished());
        }

        Ending interrupted(ErrorInfo why) {
            var again = new Next.Again(ended, job.attempt(), job.rescues());
            return ending(End.INTERRUPTED, why, null, again);
        }

        private Ending ending(
                End end, @Nullable ErrorInfo error, @Nullable String result, Next next) {
            return new Ending(
                    job.id(),
                    job.claimId(),
                    live.workerId(),
                    job.attempt(),
                    started,
                    ended,
                    end,
                    error,
                    result,
                    next,
                    job.terms().unique() != null);
        }
    }
}
