package dev.millrace.sqlite;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/** An operation that waits for its answer, with the thread that waits. */
final class Pending<T extends @Nullable Object> {
    private final String what;
    private final boolean flushed;
    private final SqliteWriter.Operation<T> operation;
    private final Runnable whenDone;
    private final Thread waiting = Thread.currentThread();
    private @Nullable T answer;
    private @Nullable Throwable failure;
    private volatile boolean done;

    /**
     * @param flushed whether its commit has to be on disk
     * @param whenDone called when it ended, either way
     */
    Pending(String what, boolean flushed, SqliteWriter.Operation<T> operation, Runnable whenDone) {
        this.what = what;
        this.flushed = flushed;
        this.whenDone = whenDone;
        this.operation = operation;
    }

    String what() {
        return what;
    }

    boolean isFlushed() {
        return flushed;
    }

    void run(Transaction transaction) throws SQLException {
        answer = operation.run(transaction);
    }

    void succeed() {
        end();
    }

    void fail(Throwable why) {
        failure = why;
        end();
    }

    boolean isDone() {
        return done;
    }

    /** Waits for the answer; an interruption is kept for the caller to see. */
    @SuppressWarnings("NullAway") // T says itself whether the answer may be null
    T await() {
        boolean interrupted = false;
        while (!done) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        switch (failure) {
            case null -> {
                return answer;
            }
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private void end() {
        done = true;
        whenDone.run();
        if (!waiting.equals(Thread.currentThread())) {
            LockSupport.unpark(waiting);
        }
    }
}
