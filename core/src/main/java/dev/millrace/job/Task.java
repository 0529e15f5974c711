package dev.millrace.job;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A named kind of work with a typed payload and its defaults. Immutable; usually a constant. Class
 * names are never stored: the kind is the name, so classes may be renamed freely.
 *
 * <p>Defaults: version 1, queue {@code default}, priority 4, {@link RetryPolicy#standard()}, every
 * exception retried.
 *
 * @param <P> the payload's type; a record, or anything Jackson reads and writes
 * @param kind the name that is stored
 * @param payloadType the payload's class
 * @param version of the payload's shape, 1 to 32767; workers take only versions they know
 * @param queue where its jobs wait unless the request says otherwise
 * @param priority 0 (lowest) to 9 (highest)
 * @param retry when failed attempts are tried again
 * @param verdicts per exception, the first that matches decides
 */
public record Task<P>(
        String kind,
        Class<P> payloadType,
        int version,
        String queue,
        int priority,
        RetryPolicy retry,
        List<VerdictRule> verdicts) {

    /** The queue of tasks that name none. */
    public static final String DEFAULT_QUEUE = "default";

    /** The priority of tasks that name none. */
    public static final int DEFAULT_PRIORITY = 4;

    /**
     * One line of a task's verdicts.
     *
     * @param type the exceptions it is for, subclasses included
     * @param verdict decides by the exception at hand; must not throw
     */
    public record VerdictRule(
            Class<? extends Throwable> type, Function<Throwable, Verdict> verdict) {}

    /** Checks names and bounds and copies the verdicts. */
    public Task {
        Names.check("kind", kind);
        Names.check("queue", queue);
        checkPriority(priority);
        if (version < 1 || version > Short.MAX_VALUE) {
            throw MillraceException.invalid(
                    "version must be 1 to 32767, got %d (kind '%s')".formatted(version, kind));
        }
        verdicts = List.copyOf(verdicts);
    }

    /** A task with every default. */
    public static <P> Task<P> named(String kind, Class<P> payloadType) {
        return new Task<>(
                kind,
                payloadType,
                1,
                DEFAULT_QUEUE,
                DEFAULT_PRIORITY,
                RetryPolicy.standard(),
                List.of());
    }

    /** The same task with another version of its payload's shape. */
    public Task<P> version(int newVersion) {
        return new Task<>(kind, payloadType, newVersion, queue, priority, retry, verdicts);
    }

    /** The same task waiting in another queue. */
    public Task<P> queue(String newQueue) {
        return new Task<>(kind, payloadType, version, newQueue, priority, retry, verdicts);
    }

    /** The same task with another priority, 0 (lowest) to 9 (highest). */
    public Task<P> priority(int newPriority) {
        return new Task<>(kind, payloadType, version, queue, newPriority, retry, verdicts);
    }

    /** The same task with another retry policy. */
    public Task<P> retry(RetryPolicy policy) {
        return new Task<>(kind, payloadType, version, queue, priority, policy, verdicts);
    }

    /** The same task, answering this exception (and its subclasses) with this verdict. */
    public Task<P> on(Class<? extends Throwable> type, Verdict verdict) {
        return on(type, thrown -> verdict);
    }

    /**
     * The same task, deciding by the exception itself, for instance by a Retry-After it carries.
     * Rules are asked in the order they were added.
     */
    public <X extends Throwable> Task<P> on(Class<X> type, Function<? super X, Verdict> verdict) {
        var rules = new ArrayList<>(verdicts);
        rules.add(new VerdictRule(type, thrown -> verdict.apply(type.cast(thrown))));
        return new Task<>(kind, payloadType, version, queue, priority, retry, rules);
    }

    /** The verdict on an exception that the handler threw: the first rule's, else a retry. */
    public Verdict verdictOn(Throwable thrown) {
        for (VerdictRule rule : verdicts) {
            if (rule.type().isInstance(thrown)) {
                return rule.verdict().apply(thrown);
            }
        }
        return Verdict.retry();
    }

    /** A request to run this task once with the given payload. */
    public JobRequest<P> with(P payload) {
        return JobRequest.of(this, payload);
    }

    static int checkPriority(int priority) {
        if (priority < 0 || priority > 9) {
            throw MillraceException.invalid(
                    "priority must be 0 (lowest) to 9 (highest), got %d".formatted(priority));
        }
        return priority;
    }
}
