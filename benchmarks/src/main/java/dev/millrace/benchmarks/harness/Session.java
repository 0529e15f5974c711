package dev.millrace.benchmarks.harness;

import java.sql.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;

/**
 * One process's use of a contender on one place. A session implements the methods of what its
 * contender {@linkplain Contender#offers() offers}; scenarios call no others. Every job carries its
 * number and {@link #payload a short text}, and is stored durably before a call returns.
 */
public interface Session extends AutoCloseable {
    /** Enqueues one job and returns when it is durable. Called by several threads at once. */
    default void enqueue(long number) throws Exception {
        throw missing("enqueue");
    }

    /** Enqueues all, by the contender's own way for many; returns when all are durable. */
    default void enqueueAll(LongStream numbers) throws Exception {
        throw missing("bulk enqueue");
    }

    /** Enqueues one job in the caller's open transaction, which the caller commits. */
    default void enqueue(Connection transaction, long number) throws Exception {
        throw missing("enqueue in a transaction");
    }

    /** Starts a worker that runs due jobs, at most {@code slots} at once. */
    default Running work(int slots, JobBody body) throws Exception {
        throw missing("work");
    }

    /** Stores {@code count} jobs that no worker of this run may start. */
    default void preload(Backlog backlog, int count) throws Exception {
        throw missing("backlog");
    }

    /** Enqueues one job that holds a unique key of its own while it is live. */
    default void enqueueUnique(long number) throws Exception {
        throw missing("unique keys");
    }

    /** Enqueues a job with a unique key in the caller's open transaction. */
    default void holdKey(Connection transaction, String key) throws Exception {
        throw missing("unique keys in a transaction");
    }

    /** Cancels every job of a preloaded {@link Backlog#OTHER_QUEUE}; answers how many. */
    default long cancelBacklog() throws Exception {
        throw missing("mass cancel");
    }

    /** Limits how many jobs of each key the workers run at once, all together. */
    default void limitKeys(int perKey) throws Exception {
        throw missing("limits by key");
    }

    /** Stores so many jobs of one key that is full and stays so; returns when all are set apart. */
    default void blockKey(int count) throws Exception {
        throw missing("limits by key");
    }

    /** Enqueues all, each with one of so many keys in turn; returns when all are durable. */
    default void enqueueKeyed(LongStream numbers, int keys) throws Exception {
        throw missing("limits by key");
    }

    /** What the jobs of {@link #report} say of themselves. */
    enum Reporting {
        /** Nothing. */
        NOTHING,
        /** Progress after each unit. */
        PROGRESS,
        /** Progress after each unit, and a checkpoint each 100 ms. */
        CHECKPOINTS
    }

    /**
     * Starts a worker that runs so many jobs at once, each of which does units of 10 ms until it is
     * to stop.
     */
    default Running report(Reporting reporting, int jobs, Runnable unit, BooleanSupplier stop)
            throws Exception {
        throw missing("reports");
    }

    /** Reads the progress of all running jobs. */
    default void readProgress() throws Exception {
        throw missing("reports");
    }

    /** What people look at, by name, each to be timed. */
    default Map<String, Callable<?>> looks() {
        throw missing("lists");
    }

    /** Stores so many schedules, each of which ticks once a year, none of them soon. */
    default void yearly(int count) throws Exception {
        throw missing("schedules");
    }

    /**
     * Has so many schedules tick once each, evenly over a time that begins in five seconds; answers
     * how late the job of each was made and started.
     */
    default TickDelays tickDelays(int count, Duration over) throws Exception {
        throw missing("schedules");
    }

    /** How many jobs are stored and neither ended nor part of a preloaded backlog. */
    long unfinished() throws Exception;

    @Override
    void close();

    /** The text every job carries beside its number. */
    static String payload(long number) {
        return "{\"to\":\"person-" + number + "@example.org\",\"offer\":" + number + "}";
    }

    private static UnsupportedOperationException missing(String what) {
        return new UnsupportedOperationException(
                "expected a contender that offers " + what + "; its offers() must not list it");
    }
}
