package dev.millrace.worker;

import dev.millrace.job.Json;
import dev.millrace.job.LogLine;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Retries;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.StepRecord;

import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * The steps of a running job: those that were done before answer their stored result, others are
 * done and recorded. Watches that a changed handler does not ask for others than were recorded.
 * Thread-safe.
 */
final class Steps {
    /** Marks what the engine keeps among a job's steps; no step of a handler can begin with it. */
    static final char INTERNAL = '~';

    private static final int MAX_RESULT_BYTES = 1 << 20;

    private final HandlerContext context;
    private final Carry carry;
    private final RunTools tools;
    private final Thread handler;
    private final Set<String> asked = new HashSet<>();
    private int place;
    private boolean used;

    /** The step whose body the handler's own thread is in; only that thread looks at it. */
    private @Nullable String within;

    /**
     * @param handler the handler's own thread, whose steps come in order
     */
    Steps(HandlerContext context, Carry carry, RunTools tools, Thread handler) {
        this.handler = handler;
        this.context = context;
        this.carry = carry;
        this.tools = tools;
    }

    <R> R step(String name, Class<R> type, RetryPolicy retry, Callable<? extends R> body)
            throws Exception {
        Optional<StepRecord> done = begin(name);
        if (done.isPresent()) {
            return read(name, type, done.get().result());
        }
        carry.requirePlace(name);
        context.live().sign();
        Retries.Tried<R> tried;
        try {
            tried = Retries.call(retry, tools.random(), () -> run(name, body));
        } catch (Throwable e) {
            // it was not done: the handler may ask for it again
            synchronized (asked) {
                asked.remove(name);
            }
            throw e;
        }
        record(name, tried.value(), tried.tries());
        context.yieldIfWanted();
        return tried.value();
    }

    private <R> R run(String name, Callable<? extends R> body) throws Exception {
        if (!isHandler()) {
            return body.call();
        }
        within = name;
        try {
            return body.call();
        } finally {
            within = null;
        }
    }

    private boolean isHandler() {
        return handler.equals(Thread.currentThread());
    }

    /** What was recorded under the name, which must be the next one in order. */
    Optional<StepRecord> begin(String name) {
        if (isHandler() && within != null) {
            throw MillraceException.invalid(
                    ("a step must not be asked for inside another, got '%s' inside '%s' (job %d):"
                         + " the next attempt would meet them in another order; the inner one was"
                         + " not done")
                            .formatted(name, within, context.id()));
        }
        synchronized (asked) {
            used = true;
            if (!asked.add(name)) {
                throw changed(
                        "step '%s' was asked for twice in one attempt; a name stands for one step"
                                .formatted(name));
            }
            checkOrder(name);
        }
        if (isHandler()) {
            context.live().wentOn();
        }
        return carry.step(name);
    }

    void record(String name, Object result, int tries) throws InterruptedException {
        String text = text(name, result);
        boolean inOrder = isHandler();
        context.write(() ->
                context.live().notebook().step(carry.add(name, text, tries, inOrder, tools.now())));
    }

    /** Its work is done, so that doing it again would be wrong: a person has to look. */
    private String text(String name, Object result) {
        try {
            return tools.json().write(what(name), result, MAX_RESULT_BYTES);
        } catch (RuntimeException | StackOverflowError e) {
            throw new MillraceException(
                    MillraceException.Code.STEP_NOT_KEPT,
                    ("the result of a step must have a JSON form of at most %d bytes: %s; step '%s'"
                         + " of job %d (kind '%s') was done and cannot be kept, so that it would be"
                         + " done again by each attempt: the job is set aside")
                            .formatted(MAX_RESULT_BYTES, e, name, context.id(), context.kind()),
                    e);
        }
    }

    /** Only the handler's own thread asks in an order that means something. */
    private void checkOrder(String name) {
        if (!isHandler()) {
            if (carry.step(name).filter(StepRecord::isInOrder).isPresent()) {
                throw changed(
                        "step '%s' was recorded by the handler's own thread and is asked for by another: it was moved"
                                .formatted(name));
            }
            return;
        }
        if (carry.step(name).filter(step -> !step.isInOrder()).isPresent()) {
            return;
        }
        Optional<String> expected = carry.stepAt(place);
        if (expected.isEmpty() || expected.get().equals(name)) {
            place++;
            return;
        }
        throw changed(
                carry.step(name).isPresent()
                        ? "expected step '%s' next, got '%s', which was recorded later: steps were reordered"
                                .formatted(expected.get(), name)
                        : "expected step '%s' next, got '%s', which was never recorded: a step was renamed, added or removed"
                                .formatted(expected.get(), name));
    }

    private MillraceException changed(String what) {
        return new MillraceException(
                MillraceException.Code.STEPS_CHANGED,
                ("the steps of job %d (kind '%s') do not fit those that earlier attempts recorded:"
                     + " %s; nothing was done twice. Bring the steps back, or give the changed"
                     + " handler a kind of its own and enqueue the work anew")
                        .formatted(context.id(), context.kind(), what));
    }

    /** Says in the job's log which recorded steps this attempt did not ask for. */
    void reportUnused() {
        if (!used) {
            return;
        }
        for (String name : carry.stepNames()) {
            if (!asked.contains(name) && name.charAt(0) != INTERNAL) {
                context.log(
                        LogLine.Level.WARN,
                        "step '%s' was recorded by an earlier attempt and is not asked for any more"
                                .formatted(name));
            }
        }
    }

    private <R> R read(String name, Class<R> type, String result) {
        Json json = tools.json();
        return json.read(what(name), result, type);
    }

    private String what(String name) {
        return "result of step '%s' of job %d (kind '%s')"
                .formatted(name, context.id(), context.kind());
    }
}
