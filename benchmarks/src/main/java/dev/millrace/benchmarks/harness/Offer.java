package dev.millrace.benchmarks.harness;

/** One thing a contender may be able to do; a scenario needs one or more of them. */
public enum Offer {
    /** {@link Session#enqueue(long)} from several threads at once. */
    ENQUEUE,
    /** {@link Session#enqueueAll}. */
    BULK,
    /** {@link Session#enqueue(java.sql.Connection, long)}. */
    IN_TRANSACTION,
    /** {@link Session#work} with no-op jobs. */
    WORK,
    /** A worker that waits when there is no work, and starts what is enqueued meanwhile. */
    PICKUP,
    /** {@link Session#preload} with {@link Backlog#FUTURE}. */
    FUTURE_JOBS,
    /** {@link Session#preload} with {@link Backlog#KEPT}. */
    KEPT_JOBS,
    /** {@link Session#preload} with {@link Backlog#OTHER_QUEUE}. */
    OTHER_QUEUE,
    /** {@link Session#work} with 10,000 slots. */
    SLEEP_10K,
    /** {@link Session#work} with 100,000 slots. */
    SLEEP_100K,
    /** {@link Session#enqueueUnique}. */
    UNIQUE,
    /** {@link Session#limitKeys}, {@link Session#blockKey} and {@link Session#enqueueKeyed}. */
    KEY_LIMITS,
    /** {@link Session#holdKey}. */
    KEY_IN_TRANSACTION,
    /** {@link Session#cancelBacklog}. */
    MASS_CANCEL,
    /** {@link Session#report}. */
    REPORTS,
    /** {@link Session#looks}. */
    LISTS,
    /** {@link Session#yearly} and {@link Session#tickDelays}. */
    SCHEDULES,
    /** {@link Session#work} runs the jobs of a killed worker again in another process. */
    RECOVERY,
    /** {@link Contender#httpServer}: jobs over HTTP, by a server of its own. */
    HTTP
}
