package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * One job as its caller wants it, before it is accepted. Immutable; each method answers a changed
 * copy. What is not said comes from the {@link Task}.
 *
 * @param <P> the payload's type
 * @param task what to do
 * @param payload with what
 * @param queue where to wait
 * @param priority 0 (lowest) to 9 (highest)
 * @param start when it may start
 * @param retry overrides the task's policy when not {@code null}; stored with the job
 * @param tags at most {@value #MAX_TAGS}, each a name
 * @param options what is said more rarely
 */
public record JobRequest<P>(
        Task<P> task,
        P payload,
        String queue,
        int priority,
        Start start,
        @Nullable RetryPolicy retry,
        List<String> tags,
        JobOptions options) {

    /** The most tags one job may carry. */
    public static final int MAX_TAGS = 20;

    /** When a job may start. */
    public sealed interface Start {
        /** As soon as a worker is free. */
        record Now() implements Start {}

        /**
         * Not before this long after it was accepted.
         *
         * @param delay zero to 365 days
         */
        record After(Duration delay) implements Start {
            /** Checks the delay. */
            public After {
                Waits.check("delay", delay);
            }
        }

        /**
         * Not before this moment; a moment past means now.
         *
         * @param at from year 1970 to year 9999
         */
        record At(Instant at) implements Start {
            /** Checks the moment. */
            public At {
                Waits.check("run-at", at);
            }
        }
    }

    /** Checks names and bounds and copies the tags. */
    public JobRequest {
        Names.check("queue", queue);
        Task.checkPriority(priority);
        if (tags.size() > MAX_TAGS) {
            throw MillraceException.invalid(
                    "a job may carry at most %d tags, got %d (kind '%s'); nothing was accepted"
                            .formatted(MAX_TAGS, tags.size(), task.kind()));
        }
        tags.forEach(tag -> Names.check("tag", tag));
        tags = List.copyOf(tags);
    }

    static <P> JobRequest<P> of(Task<P> task, P payload) {
        return new JobRequest<>(
                task,
                payload,
                task.queue(),
                task.priority(),
                new Start.Now(),
                null,
                List.of(),
                JobOptions.NONE);
    }

    /** The same request, waiting in another queue. */
    public JobRequest<P> queue(String newQueue) {
        return new JobRequest<>(task, payload, newQueue, priority, start, retry, tags, options);
    }

    /** The same request with another priority. */
    public JobRequest<P> priority(int newPriority) {
        return new JobRequest<>(task, payload, queue, newPriority, start, retry, tags, options);
    }

    /** The same request, to start no sooner than this long after it was accepted. */
    public JobRequest<P> delay(Duration delay) {
        return starting(new Start.After(delay));
    }

    /** The same request, to start no sooner than this moment. */
    public JobRequest<P> runAt(Instant at) {
        return starting(new Start.At(at));
    }

    /** The same request with its own retry policy, stored with the job. */
    public JobRequest<P> retry(RetryPolicy policy) {
        return new JobRequest<>(task, payload, queue, priority, start, policy, tags, options);
    }

    /** The same request with its own number of attempts; the waits stay as they are. */
    public JobRequest<P> maxAttempts(int attempts) {
        return retry((retry == null ? task.retry() : retry).attempts(attempts));
    }

    /** The same request with one more tag. */
    public JobRequest<P> tag(String tag) {
        var more = new ArrayList<>(tags);
        more.add(tag);
        return new JobRequest<>(task, payload, queue, priority, start, retry, more, options);
    }

    /**
     * The same request, accepted only while no live job holds this key; else its receipt names it.
     */
    public JobRequest<P> unique(String key) {
        return unique(UniqueKey.whileLive(key));
    }

    /** The same request with a unique key of which more is said. */
    public JobRequest<P> unique(UniqueKey key) {
        return with(options.unique(key));
    }

    /**
     * The same request, safe to send again within 24 h: the second is answered as the first was.
     */
    public JobRequest<P> idempotencyKey(String key) {
        return with(options.idempotencyKey(key));
    }

    /** The same request, worthless unless it has started this long after it was accepted. */
    public JobRequest<P> ttl(Duration ttl) {
        return with(options.expiry(new JobOptions.Expiry.After(ttl)));
    }

    /** The same request, worthless unless it has started by this moment. */
    public JobRequest<P> expiresAt(Instant at) {
        return with(options.expiry(new JobOptions.Expiry.At(at)));
    }

    /** The same request, each of whose attempts is interrupted after this long. */
    public JobRequest<P> timeout(Duration timeout) {
        return with(options.timeout(timeout));
    }

    /** The same request with a named key by which limits count, for instance a tenant. */
    public JobRequest<P> key(String name, String value) {
        return with(options.key(name, value));
    }

    /**
     * The same request, counted by limits and rates as so many jobs, 1 to 1,000; 1 unless said. One
     * that weighs more than a limit allows counts there as all of it.
     */
    public JobRequest<P> weight(int weight) {
        return with(options.weight(weight));
    }

    /** The same request with a receipt of this worth, whatever its queue's are. */
    public JobRequest<P> durability(Durability level) {
        return with(options.durability(level));
    }

    private JobRequest<P> starting(Start newStart) {
        return new JobRequest<>(task, payload, queue, priority, newStart, retry, tags, options);
    }

    private JobRequest<P> with(JobOptions newOptions) {
        return new JobRequest<>(task, payload, queue, priority, start, retry, tags, newOptions);
    }
}
