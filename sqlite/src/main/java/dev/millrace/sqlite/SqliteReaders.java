package dev.millrace.sqlite;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.SQLException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * A few connections that only read, each look in one snapshot of the file. Platform threads read by
 * themselves; virtual threads, which native calls would pin, are served by threads of the pool.
 */
final class SqliteReaders implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteReaders.class);
    private static final int CONNECTIONS = 3;

    /** A look at the database. */
    interface Look<T extends @Nullable Object> {
        T at(Session session) throws SQLException;
    }

    /** A place for a connection, which is opened when first used. */
    private static final class Slot {
        private @Nullable Session session;
    }

    private final Database database;
    private final BlockingQueue<Slot> slots = new ArrayBlockingQueue<>(CONNECTIONS);
    private final ExecutorService threads =
            Executors.newFixedThreadPool(
                    CONNECTIONS,
                    Thread.ofPlatform().name("millrace-sqlite-reader-", 0).daemon().factory());
    private volatile boolean closed;

    SqliteReaders(Database database) {
        this.database = database;
        for (int i = 0; i < CONNECTIONS; i++) {
            slots.add(new Slot());
        }
    }

    /**
     * Looks, in one snapshot.
     *
     * @param what for the text of failures
     */
    <T extends @Nullable Object> T look(String what, Look<T> look) {
        if (!Thread.currentThread().isVirtual()) {
            return here(what, look);
        }
        try {
            return CompletableFuture.supplyAsync(() -> here(what, look), threads).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        } catch (RejectedExecutionException e) {
            throw new MillraceException(Code.CLOSED, "this store is closed", e);
        }
    }

    private <T extends @Nullable Object> T here(String what, Look<T> look) {
        var slot = take();
        try {
            if (closed) {
                throw new MillraceException(Code.CLOSED, "this store is closed");
            }
            var session = slot.session;
            if (session == null) {
                session = database.connectToRead();
                slot.session = session;
            }
            session.end("BEGIN");
            try {
                var answer = look.at(session);
                session.end("COMMIT");
                return answer;
            } catch (SQLException | RuntimeException | Error e) {
                drop(slot);
                throw e;
            }
        } catch (SQLException e) {
            throw SqliteErrors.using(database.file(), what, e);
        } finally {
            slots.add(slot);
        }
    }

    private Slot take() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return slots.take();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void drop(Slot slot) {
        var session = slot.session;
        slot.session = null;
        if (session == null) {
            return;
        }
        try {
            session.close();
        } catch (SQLException e) {
            LOG.atWarn().setCause(e).log("closing a connection failed");
        }
    }

    /** Waits for looks under way and closes the connections. */
    @Override
    public void close() {
        closed = true;
        threads.shutdown();
        for (int i = 0; i < CONNECTIONS; i++) {
            drop(take());
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            slots.add(new Slot());
        }
    }
}
