package dev.millrace.sqlite;

import dev.millrace.job.Durability;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.sqlite.Transaction.Counter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The one connection that writes. Operations from any thread queue up; whoever writes takes all
 * that wait into one transaction, commits, and hands out the answers, so that unlike operations
 * share one flush to disk. A platform thread that finds the writer free writes by itself; virtual
 * threads, which a native call would pin, and all that come while it is busy are served by a thread
 * of the writer's own. Operations run in the order in which they came.
 *
 * <p>An operation that fails does not fail its neighbours: the transaction is rolled back and they
 * run again without it, it runs again alone. So operations must leave no trace outside the
 * database, and may run more than once.
 */
final class SqliteWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteWriter.class);

    /** A transaction takes on nothing more after this long, so that other processes get in. */
    private static final long TRANSACTION_NANOS = 20_000_000;

    private static final int MOST_OPERATIONS = 2000;

    /** How long those just answered are given to come back. */
    private static final long GATHER_NANOS = 100_000;

    /** Work on the database that answers something. */
    interface Operation<T extends @Nullable Object> {
        T run(Transaction transaction) throws SQLException;
    }

    private final Database database;
    private final BusyWait busyWait;
    private final Runnable onWork;
    private final ConcurrentLinkedQueue<Pending<?>> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean telling = new AtomicBoolean();
    private final AtomicBoolean busy = new AtomicBoolean();
    private final Thread thread;
    private volatile boolean closed;

    // Guarded by busy.
    private @Nullable Session session;
    private final ForeignWork foreignWork = new ForeignWork();

    /**
     * @param onWork called after each commit that made work available
     */
    SqliteWriter(Database database, BusyWait busyWait, Runnable onWork) {
        this.database = database;
        this.busyWait = busyWait;
        this.onWork = onWork;
        this.thread =
                Thread.ofPlatform().name("millrace-sqlite-writer").daemon().unstarted(this::serve);
    }

    /** Opens the connection at once, so that faults show at the start. */
    SqliteWriter open() {
        try {
            var opened = database.connectToWrite();
            session = opened;
            requireWritable(opened);
        } catch (SQLException e) {
            closeQuietly(session);
            throw SqliteErrors.opening(database.file(), "opening", e);
        }
        thread.start();
        return this;
    }

    /** Writes what is there already: a file that cannot be written is opened, and begun on, too. */
    private static void requireWritable(Session opened) throws SQLException {
        try {
            opened.end("BEGIN IMMEDIATE");
            opened.update("UPDATE counter SET value = value WHERE name = 'job'");
        } catch (SQLException e) {
            if (!SqliteErrors.isBusy(e)) {
                throw e;
            }
            return; // another writes just now, so it can be written
        }
        opened.end("ROLLBACK");
    }

    /**
     * Runs an operation and answers once it is committed.
     *
     * @param what for the text of failures, as in "enqueue"
     */
    <T extends @Nullable Object> T run(String what, Operation<T> operation) {
        return run(what, Durability.DISK, operation);
    }

    /**
     * Runs an operation and answers once it is committed; at least as durably as asked, since those
     * that share a transaction get the strongest that one of them asks for.
     *
     * @param what for the text of failures, as in "enqueue"
     */
    <T extends @Nullable Object> T run(String what, Durability level, Operation<T> operation) {
        var pending = new Pending<T>(what, level == Durability.DISK, operation, () -> {});
        enter(pending);
        if (closed) {
            drainRefusing();
        } else if (!Thread.currentThread().isVirtual() && busy.compareAndSet(false, true)) {
            try {
                while (!pending.isDone()) {
                    round();
                }
            } finally {
                release();
            }
        } else if (!busy.get()) {
            LockSupport.unpark(thread);
        }
        return pending.await();
    }

    /** Makes other processes find that work became available; does not wait. */
    void tellOthers() {
        if (telling.compareAndSet(false, true)) {
            enter(
                    new Pending<>(
                            "announcing",
                            true,
                            transaction -> transaction.take(Counter.POSITION, 1),
                            () -> telling.set(false)));
            LockSupport.unpark(thread);
        }
    }

    /**
     * Looks whether another process has made work available since this was last asked. Cheap;
     * learns nothing while the writer is busy.
     */
    ForeignWork.Sight workFromElsewhere() {
        if (closed || !busy.compareAndSet(false, true)) {
            return ForeignWork.Sight.NONE;
        }
        try {
            var open = session;
            return open == null ? ForeignWork.Sight.NONE : foreignWork.look(open);
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("could not look for other processes' commits");
            return ForeignWork.Sight.NONE;
        } finally {
            release();
        }
    }

    /** Refuses new work, waits for what is under way and closes the connection. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        while (!busy.compareAndSet(false, true)) {
            LockSupport.parkNanos(100_000);
        }
        var open = session;
        session = null;
        closeQuietly(open);
        drainRefusing();
        busy.set(false);
    }

    private void serve() {
        while (!closed) {
            if (queue.isEmpty() || !busy.compareAndSet(false, true)) {
                LockSupport.park(this);
                continue;
            }
            try {
                while (!queue.isEmpty()) {
                    gather(round());
                }
            } catch (RuntimeException | Error e) {
                LOG.atError().setCause(e).log("the writer met an unexpected failure; it goes on");
            } finally {
                busy.set(false);
            }
        }
    }

    /**
     * Those who were just answered often come back at once: lets them, rather than flush to disk
     * for the first of them alone. Ends as soon as half as many wait as were answered.
     */
    private void gather(int answered) {
        if (answered < 2) {
            return;
        }
        long deadline = System.nanoTime() + GATHER_NANOS;
        while (waiting.get() < answered / 2 && System.nanoTime() < deadline) {
            LockSupport.parkNanos(this, GATHER_NANOS / 4);
        }
    }

    private void release() {
        busy.set(false);
        if (!queue.isEmpty()) {
            LockSupport.unpark(thread);
        }
    }

    private void drainRefusing() {
        for (var left = next(); left != null; left = next()) {
            left.fail(new MillraceException(Code.CLOSED, "this store is closed"));
        }
    }

    /** One transaction with what waits; answers how many operations that was. */
    private int round() {
        var batch = new ArrayList<Pending<?>>();
        write(batch, true);
        return batch.size();
    }

    private void enter(Pending<?> pending) {
        waiting.incrementAndGet();
        queue.add(pending);
    }

    private @Nullable Pending<?> next() {
        var pending = queue.poll();
        if (pending != null) {
            waiting.decrementAndGet();
        }
        return pending;
    }

    /** Runs the batch, and with {@code more} what waits besides, in one transaction. */
    private void write(List<Pending<?>> batch, boolean more) {
        boolean flushed = isAnyFlushed(more ? queue : batch);
        Session open;
        try {
            open = begin(flushed);
        } catch (SQLException e) {
            failAll(batch, more, e);
            return;
        }
        var transaction = new Transaction(open);
        Pending<?> current = null;
        try {
            long deadline = System.nanoTime() + TRANSACTION_NANOS;
            for (var again : batch) {
                current = again;
                again.run(transaction);
            }
            while (more && batch.size() < MOST_OPERATIONS && System.nanoTime() < deadline) {
                var first = queue.peek();
                current = first != null && first.isFlushed() && !flushed ? null : next();
                if (current == null) {
                    break;
                }
                batch.add(current);
                current.run(transaction);
            }
            current = null;
            transaction.finish();
            open.end("COMMIT");
        } catch (SQLException | RuntimeException | Error e) {
            rollback(open, e);
            apart(batch, current, e);
            return;
        }
        if (transaction.madeAvailable()) {
            foreignWork.noteOwn(transaction);
        }
        batch.forEach(Pending::succeed);
        if (transaction.madeAvailable()) {
            onWork.run();
        }
    }

    /** One that comes later and wants more than this is left to the next transaction. */
    private static boolean isAnyFlushed(Iterable<Pending<?>> operations) {
        for (var operation : operations) {
            if (operation.isFlushed()) {
                return true;
            }
        }
        return false;
    }

    /**
     * After a rollback: the operation that failed answers its failure if it was alone, otherwise it
     * runs alone after the others. When the commit itself failed nobody is to blame and nothing is
     * known, so all answer the failure.
     */
    private void apart(List<Pending<?>> batch, @Nullable Pending<?> culprit, Throwable failure) {
        if (culprit == null || batch.size() == 1) {
            batch.forEach(pending -> pending.fail(translated(pending, failure)));
            return;
        }
        var others = new ArrayList<>(batch);
        others.remove(culprit);
        if (failure instanceof SQLException e && !SqliteErrors.isConstraint(e)) {
            others.forEach(pending -> write(new ArrayList<>(List.of(pending)), false));
        } else {
            write(others, false);
        }
        write(new ArrayList<>(List.of(culprit)), false);
    }

    private void failAll(List<Pending<?>> batch, boolean more, SQLException e) {
        if (more) {
            for (var left = next(); left != null; left = next()) {
                batch.add(left);
            }
        }
        batch.forEach(pending -> pending.fail(translated(pending, e)));
    }

    private Throwable translated(Pending<?> pending, Throwable failure) {
        return failure instanceof SQLException e
                ? SqliteErrors.using(database.file(), pending.what(), e)
                : failure;
    }

    private Session begin(boolean flushed) throws SQLException {
        var open = session;
        if (open == null) {
            open = database.connectToWrite();
            session = open;
            foreignWork.reopened();
        }
        try {
            open.flushing(flushed);
            busyWait.begin(open);
            return open;
        } catch (SQLException e) {
            dropIfStale(open, e);
            throw e;
        }
    }

    private void rollback(Session open, Throwable cause) {
        try {
            open.rollback();
        } catch (SQLException e) {
            if (!String.valueOf(e.getMessage()).contains("no transaction is active")) {
                cause.addSuppressed(e);
                session = null;
                closeQuietly(open);
                return;
            }
        }
        dropIfStale(open, cause);
    }

    /** A connection opened while the file was read-only stays so: the next use opens anew. */
    private void dropIfStale(Session open, Throwable cause) {
        if (cause instanceof SQLException e && SqliteErrors.outlivesItsCause(e)) {
            session = null;
            closeQuietly(open);
        }
    }

    private static void closeQuietly(@Nullable Session open) {
        if (open == null) {
            return;
        }
        try {
            open.close();
        } catch (SQLException e) {
            LOG.atWarn().setCause(e).log("closing a connection failed");
        }
    }
}
