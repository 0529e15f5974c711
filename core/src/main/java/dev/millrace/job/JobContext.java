package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** What a handler knows of the job it runs. Safe for use by any thread of the handler. */
public interface JobContext {
    /** The job's id, unique in its store for ever. */
    long id();

    /** The kind of work. */
    String kind();

    /** The queue it waited in. */
    String queue();

    /** The attempt under way; 1 is the first. Rescues and snoozes repeat a number. */
    int attempt();

    /** The attempts this job has in all. */
    int maxAttempts();

    /** Its tags, in the order given. */
    List<String> tags();

    /** When it was enqueued. */
    Instant createdAt();

    /** The named keys it carries, such as {@code tenant}. */
    Map<String, String> keys();

    /** Whether somebody asked to cancel it: the handler was interrupted and should end soon. */
    boolean isCancelled();

    /**
     * Whether the claim is still this worker's. Once false it stays false: another worker may be
     * running the job, and whatever this attempt reports is refused.
     */
    boolean isHeld();

    // ---- what people see

    /**
     * Says how far the job has come. Never waits, whatever the store does: of what is said within a
     * quarter of a second the newest is written. Costs next to nothing when called often.
     *
     * @param done how much is done; zero or more
     * @param total how much there is in all; 0 when unknown
     */
    default void progress(long done, long total) {
        progress(done, total, null);
    }

    /**
     * The same, with what it does at present.
     *
     * @param message for people, at most {@value Progress#MAX_MESSAGE} characters are kept; {@code
     *     null} for none
     */
    void progress(long done, long total, @Nullable String message);

    /** Logs a line about this job at level INFO. */
    default void log(String message) {
        log(LogLine.Level.INFO, message);
    }

    /**
     * Logs a line about this job; it can be read with the job, within a quarter of a second. The
     * newest {@value LogLine#MAX_LOG} characters or so are kept. Waits only while 1,000 lines are
     * on their way to the store; an interrupted handler never does.
     */
    void log(LogLine.Level level, String message);

    // ---- what the next attempt resumes from

    /**
     * The handler's last checkpoint, also of earlier attempts, if it left one.
     *
     * @throws MillraceException with {@code invalid-input} when it does not fit the type. One of a
     *     newer version, left by a newer program, ends the handler instead: the job goes back
     *     unspent until a worker has it that reads it, each time for as long again as the
     *     checkpoint is old, ten seconds to an hour
     */
    default <C> Optional<C> lastCheckpoint(Class<C> cursor) {
        return lastCheckpoint(Shape.of(cursor));
    }

    /** The same, for a cursor that has had other shapes. */
    <C> Optional<C> lastCheckpoint(Shape<C> cursor);

    /**
     * Keeps a cursor from which the next attempt can resume; durable before it returns. Replaces
     * the one before. Waits for the store while that is out of reach. Ends the handler here when
     * the worker shuts down or the task's slice is over: the job goes on later from this very
     * checkpoint, unspent. Of several threads of one job one after the other keeps a checkpoint;
     * beside an open transaction of {@link #checkpoint(Connection, Object)} it waits for that to
     * end, at most ten seconds, and is built upon what that committed.
     *
     * @param cursor anything that can be written as JSON; with what walks keep, at most 256 KiB
     * @throws MillraceException with {@code lease-lost} when the claim is no longer held: the
     *     handler should end
     */
    default void checkpoint(Object cursor) throws InterruptedException {
        checkpoint(anyShape(cursor), cursor);
    }

    /** The same, for a cursor that has had other shapes. */
    <C> void checkpoint(Shape<C> shape, C cursor) throws InterruptedException;

    /**
     * Keeps a cursor in the handler's own open transaction (PostgreSQL): what else that writes and
     * the checkpoint happen together or not at all, exactly once. Until the commit nobody can take
     * the job away, and other checkpoints and steps wait: commit first. A handler that ends and
     * leaves the transaction open keeps its job running until that ends; no other job waits.
     *
     * @param connection to the store's own database, not in auto-commit mode
     * @throws MillraceException with {@code lease-lost} when the claim is no longer held: roll
     *     back; with {@code not-supported} on SQLite
     */
    default void checkpoint(Connection connection, Object cursor) {
        checkpoint(connection, anyShape(cursor), cursor);
    }

    /** The same, for a cursor that has had other shapes. */
    <C> void checkpoint(Connection connection, Shape<C> shape, C cursor);

    /**
     * Completes the job in the handler's own open transaction (PostgreSQL): what else that writes
     * and the completion happen together or not at all, exactly once. The handler commits and
     * returns; what it returns is not looked at, and progress and log lines after the call are
     * dropped. When it returns without having committed, the attempt fails.
     *
     * @param connection to the store's own database, not in auto-commit mode
     * @param result as a handler returns it; {@code null} for none
     * @throws MillraceException as {@link #checkpoint(Connection, Object)}
     */
    void completeIn(Connection connection, @Nullable Object result);

    // ---- steps

    /**
     * Does something once in the job's life, whatever the number of attempts: when it was done
     * before, its stored result is answered. The body runs again only if the process dies between
     * its end and the recording of its result.
     *
     * <p>Steps belong together in the order of their first run: a handler that has been changed so
     * that they come in another order, under other names or with new ones between them, fails with
     * {@code steps-changed} before it does anything twice, and is set aside. Steps that are no
     * longer asked for are reported in the job's log. The order is that of the handler's own
     * thread: steps that other threads do ({@link #parallel} among them) are found by name alone,
     * whenever they come; one that the handler's own thread did must not be moved to another. A
     * step within another's body on the handler's thread, a named sleep or a bounded wait too, is
     * refused with {@code invalid-input}.
     *
     * <p>A result that cannot be kept, because it is too large or has no JSON form, fails the
     * handler with {@code step-not-kept}; the job is set aside whatever its retry policy, since
     * another attempt would do the step again.
     *
     * @param name once per job; 1 to 200 characters as in other names
     * @param type of the result, read back from JSON; at most 1 MiB
     */
    default <R> R step(String name, Class<R> type, Callable<? extends R> body) throws Exception {
        return step(name, type, RetryPolicy.never(), body);
    }

    /** The same, trying the body again in place by a policy of its own. */
    <R> R step(String name, Class<R> type, RetryPolicy retry, Callable<? extends R> body)
            throws Exception;

    /** A step without a result. */
    default void step(String name, Action body) throws Exception {
        step(
                name,
                Boolean.class,
                () -> {
                    body.run();
                    return true;
                });
    }

    /** Something to do. */
    @FunctionalInterface
    interface Action {
        /** Does it. */
        void run() throws Exception;
    }

    // ---- many things

    /**
     * Walks through pages from where earlier attempts came to, with a checkpoint after each.
     * Returns when the last page is done; at once when it was done before.
     *
     * @throws Exception what the source threw at last, or the page's handler
     */
    <C, I> void walk(Walk<C, I> walk, Walk.PageHandler<I> pages) throws Exception;

    /**
     * Does the same to many items at once, on virtual threads that end before it returns. The first
     * item that fails for good interrupts the others. One that waits or yields ends the handler
     * when the items in hand have ended.
     *
     * @param most how many at a time, 1 to 10,000
     * @return the results in the order of the items
     * @throws Exception what the first failed item threw
     */
    default <T, R> List<R> parallel(Collection<T> items, int most, Each<? super T, R> each)
            throws Exception {
        return parallel(items, most, RetryPolicy.never(), each);
    }

    /** The same, trying each item again by a policy of its own. */
    <T, R> List<R> parallel(
            Collection<T> items, int most, RetryPolicy retry, Each<? super T, R> each)
            throws Exception;

    /** Done to one item of many. */
    @FunctionalInterface
    interface Each<T, R> {
        /** Does it. */
        R apply(T item) throws Exception;
    }

    /** Tries a call again in place by a policy; see {@link Retries}. */
    <R> R retrying(RetryPolicy policy, Callable<R> call) throws Exception;

    // ---- waiting without a slot

    /**
     * Does nothing when the moment has passed. Otherwise ends the handler here: the job frees its
     * slot and is started again, anywhere, when the moment has come, with its checkpoint and steps.
     * The attempt is not spent.
     */
    void sleepUntil(Instant moment);

    /**
     * Sleeps once in the job's life for so long, freeing the slot as {@link #sleepUntil} does.
     *
     * @param name as a step's
     * @param length zero to 365 days
     */
    void sleep(String name, Duration length) throws InterruptedException;

    /**
     * The payload of a signal. Where none has come yet it ends the handler here: the job frees its
     * slot and is started again, anywhere, when one has come, with its checkpoint and steps. The
     * attempt is not spent. The second call with the same name, counted anew in each attempt,
     * answers the second signal of that name, and so on.
     *
     * @param signal its name; 1 to 200 characters as in other names
     */
    <T> T waitFor(String signal, Class<T> type);

    /**
     * The same, at most for so long after it was first asked; empty when none came in time, also in
     * later attempts: what comes too late answers the next call with this name.
     *
     * @param longest zero to 365 days
     */
    <T> Optional<T> waitFor(String signal, Class<T> type, Duration longest)
            throws InterruptedException;

    // ---- answers

    /**
     * Answer of a handler that has done its work and wants other jobs to follow: they are accepted
     * in the transaction that records its completion, once, or not at all; on every store. In a
     * batch they become members of it.
     *
     * @param result as a handler returns it; {@code null} for none
     * @param next without keys, at most 1,000
     */
    default Outcome then(@Nullable Object result, JobRequest<?>... next) {
        return new Outcome.Then(result, List.of(next));
    }

    /** The batch it belongs to; 0 for none. */
    long batch();

    /** Answer of a handler whose work is no longer wanted. */
    default Outcome skip(String reason) {
        return new Outcome.Skipped(reason);
    }

    /** Answer of a handler that wants to be called again later without spending the attempt. */
    default Outcome snooze(Duration delay, String reason) {
        return new Outcome.Snoozed(delay, reason);
    }

    /**
     * Answer of a handler whose host, tenant or upstream wants to be left alone: as {@link
     * #snooze}, and until then no job with the same value of this key is let through in any
     * process. What was let through before runs. One round trip.
     *
     * @param delay zero to 365 days
     * @param key the name of one of the job's keys, or of something its queue shares
     * @throws MillraceException with {@code invalid-input} when there is neither
     */
    Outcome retryAfter(Duration delay, String key);

    /** Answer of a handler that knows the work can never succeed. */
    default Outcome discard(String reason) {
        return new Outcome.Discarded(reason);
    }

    @SuppressWarnings("unchecked")
    private static Shape<Object> anyShape(Object value) {
        return Shape.of((Class<Object>) value.getClass());
    }
}
