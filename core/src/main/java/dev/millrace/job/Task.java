package dev.millrace.job;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A named kind of work with a typed payload and its defaults. Immutable; usually a constant. Class
 * names are never stored: the kind is the name, so classes may be renamed freely.
 *
 * <p>Defaults: version 1, queue {@code default}, priority 4, {@link RetryPolicy#standard()}, every
 * exception retried, no timeout.
 *
 * @param <P> the payload's type; a record, or anything Jackson reads and writes
 * @param kind the name that is stored
 * @param payloadType the payload's class
 * @param version of the payload's shape, 1 to 32767; workers take only versions they know
 * @param queue where its jobs wait unless the request says otherwise
 * @param priority 0 (lowest) to 9 (highest)
 * @param retry when failed attempts are tried again
 * @param verdicts per exception, the first that matches decides
 * @param limits how long attempts may take, and what counts as stuck
 * @param past the older shapes and names whose jobs it runs too
 */
public record Task<P>(
        String kind,
        Class<P> payloadType,
        int version,
        String queue,
        int priority,
        RetryPolicy retry,
        List<VerdictRule> verdicts,
        TimeLimits limits,
        Past past) {

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

    /**
     * An older shape of the payload.
     *
     * @param <P> the present shape
     * @param <O> the older shape
     * @param version its version
     * @param shape its class, kept for as long as such jobs may be stored
     * @param upcast makes the present shape of it; must not throw
     */
    public record Upcast<P, O>(
            int version, Class<O> shape, Function<? super O, ? extends P> upcast) {
        P read(Json json, String what, String text) {
            return upcast.apply(json.read(what, text, shape));
        }
    }

    /**
     * What a task was before.
     *
     * @param upcasts older shapes of the payload
     * @param kinds former names
     */
    public record Past(List<Upcast<?, ?>> upcasts, List<String> kinds) {
        static final Past NONE = new Past(List.of(), List.of());

        /** Copies the lists. */
        public Past {
            upcasts = List.copyOf(upcasts);
            kinds = List.copyOf(kinds);
        }
    }

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
        past.kinds().forEach(former -> Names.check("former kind", former));
        for (var older : past.upcasts()) {
            if (older.version() < 1 || older.version() == version) {
                throw MillraceException.invalid(
                        "an upcast must be from another version than %d, at least 1, got %d (kind '%s')"
                                .formatted(version, older.version(), kind));
            }
        }
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
                List.of(),
                TimeLimits.NONE,
                Past.NONE);
    }

    /** The same task with another version of its payload's shape. */
    public Task<P> version(int newVersion) {
        return new Task<>(
                kind, payloadType, newVersion, queue, priority, retry, verdicts, limits, past);
    }

    /** The same task waiting in another queue. */
    public Task<P> queue(String newQueue) {
        return new Task<>(
                kind, payloadType, version, newQueue, priority, retry, verdicts, limits, past);
    }

    /** The same task with another priority, 0 (lowest) to 9 (highest). */
    public Task<P> priority(int newPriority) {
        return new Task<>(
                kind, payloadType, version, queue, newPriority, retry, verdicts, limits, past);
    }

    /** The same task with another retry policy. */
    public Task<P> retry(RetryPolicy policy) {
        return new Task<>(
                kind, payloadType, version, queue, priority, policy, verdicts, limits, past);
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
        return new Task<>(kind, payloadType, version, queue, priority, retry, rules, limits, past);
    }

    /** The same task, each of whose attempts is interrupted after this long, 1 ms to 365 days. */
    public Task<P> timeout(Duration newTimeout) {
        return with(limits.withTimeout(newTimeout));
    }

    /**
     * The same task, whose attempts are interrupted and fail after saying nothing for this long, 1
     * ms to 365 days: no progress, checkpoint, step or log line.
     */
    public Task<P> noProgressFor(Duration silence) {
        return with(limits.withNoProgressFor(silence));
    }

    /**
     * The same task, whose jobs yield their slot at the first checkpoint or step after this long, 1
     * ms to 365 days, and go on in turn.
     */
    public Task<P> slice(Duration longest) {
        return with(limits.withSlice(longest));
    }

    /**
     * The same task, whose interrupted handlers are given up after this long, 1 ms to 365 days; 30
     * s by default. A handler given up may still be running when the next attempt starts.
     */
    public Task<P> abandonAfter(Duration patience) {
        return with(limits.withAbandonAfter(patience));
    }

    private Task<P> with(TimeLimits newLimits) {
        return new Task<>(
                kind, payloadType, version, queue, priority, retry, verdicts, newLimits, past);
    }

    /**
     * The same task, running also jobs that were enqueued with an older (or, when a deploy is
     * rolled back, newer) shape of the payload.
     */
    public <O> Task<P> upcast(
            int fromVersion, Class<O> shape, Function<? super O, ? extends P> upcast) {
        var upcasts = new ArrayList<>(past.upcasts());
        upcasts.add(new Upcast<P, O>(fromVersion, shape, upcast));
        return with(new Past(upcasts, past.kinds()));
    }

    /** The same task, running also jobs that were enqueued under a former name. */
    public Task<P> formerly(String formerKind) {
        var kinds = new ArrayList<>(past.kinds());
        kinds.add(formerKind);
        return with(new Past(past.upcasts(), kinds));
    }

    /** Every kind and version whose jobs it runs. */
    public List<KindVersion> runs() {
        var runs = new ArrayList<KindVersion>();
        var kinds = new ArrayList<>(List.of(kind));
        kinds.addAll(past.kinds());
        for (String each : kinds) {
            runs.add(new KindVersion(each, version));
            past.upcasts().forEach(older -> runs.add(new KindVersion(each, older.version())));
        }
        return runs;
    }

    /**
     * Reads a stored payload of any version that it runs.
     *
     * @param what what the text is, used in the refusal
     * @throws MillraceException with {@code invalid-input} when the text does not fit
     */
    @SuppressWarnings("unchecked")
    public P read(Json json, String what, int storedVersion, String text) {
        if (storedVersion == version) {
            return json.read(what, text, payloadType);
        }
        for (Upcast<?, ?> older : past.upcasts()) {
            if (older.version() == storedVersion) {
                return ((Upcast<P, ?>) older).read(json, what, text);
            }
        }
        throw MillraceException.invalid(
                "%s must have version %d or one with an upcast, got %d"
                        .formatted(what, version, storedVersion));
    }

    private Task<P> with(Past newPast) {
        return new Task<>(
                kind, payloadType, version, queue, priority, retry, verdicts, limits, newPast);
    }

    /**
     * The verdict on an exception that the handler threw: the first rule's, else a discard for a
     * {@link RetryNever} and a retry for any other, after the time that a {@link RetryLater} names.
     */
    public Verdict verdictOn(Throwable thrown) {
        for (VerdictRule rule : verdicts) {
            if (rule.type().isInstance(thrown)) {
                return rule.verdict().apply(thrown);
            }
        }
        return switch (thrown) {
            case RetryLater later -> Verdict.retryAfter(later.delay());
            case RetryNever never -> Verdict.discard();
            default -> Verdict.retry();
        };
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
