package dev.millrace.chaos;

import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;

import java.time.Duration;
import java.util.Locale;

/** The kinds of jobs that are sent into the chaos. */
enum Deed {
    /** Only takes time. */
    PLAIN,
    /** Fails at its first attempt, on purpose. */
    FLAKY,
    /** Takes time, in a queue with a limit for the whole cluster. */
    NARROW,
    /** Takes time, with a key that has a limit for the whole cluster. */
    KEYED,
    /** Takes time, while it holds a unique key. */
    UNIQUE,
    /** Walks pages. */
    WALK,
    /** Leaves checkpoints of its own, says its progress and logs. */
    MARKS,
    /** Does steps. */
    STEPS,
    /** Does a step, sleeps without a slot, does another. */
    NAP,
    /** Does a step, waits for a signal, does another. */
    SIGNAL,
    /** Writes effects in transactions of its own that also keep its checkpoints and its end. */
    TRANSACT;

    /** The queue with a limit, and the limit. */
    static final String NARROW_QUEUE = "narrow";

    static final int LIMIT = 2;

    /** The queue whose jobs have a key, its name, and the limit of each of its values. */
    static final String KEYED_QUEUE = "keyed";

    static final String KEY = "tenant";

    static final int PER_KEY = 2;

    /** The value of the key of the job that a request asked for: one of three. */
    static String tenant(long nonce) {
        return "t" + nonce % 3;
    }

    /**
     * What a job is told.
     *
     * @param nonce of its request, never given twice
     * @param units pages, steps or checkpoints
     * @param millis how long each takes
     */
    record Order(long nonce, int units, int millis) {}

    /** Enough attempts for any number of faults, soon after another. */
    Task<Order> task() {
        var task =
                Task.named("chaos." + name().toLowerCase(Locale.ROOT), Order.class)
                        .retry(RetryPolicy.standard().attempts(1000).fixed(Duration.ofMillis(100)));
        return switch (this) {
            case NARROW -> task.queue(NARROW_QUEUE);
            case KEYED -> task.queue(KEYED_QUEUE);
            case PLAIN, FLAKY, UNIQUE, WALK, MARKS, STEPS, NAP, SIGNAL, TRANSACT -> task;
        };
    }

    static Deed of(String kind) {
        return valueOf(kind.substring("chaos.".length()).toUpperCase(Locale.ROOT));
    }

    /** Failed attempts that a job of this kind has; -1 for any number: faults reach its handler. */
    int failures() {
        return switch (this) {
            case PLAIN, NARROW, KEYED, UNIQUE -> 0;
            case FLAKY -> 1;
            case WALK, MARKS, STEPS, NAP, SIGNAL, TRANSACT -> -1;
        };
    }
}
