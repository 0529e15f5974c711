package dev.millrace.postgres;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The connection by which workers say that they live. Opened when first needed and kept, so that a
 * pool emptied by handlers cannot silence a living worker; replaced at the next use once it is
 * broken. Everything that a pulse may do goes through it, one caller at a time. Thread-safe.
 */
final class Lifeline implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lifeline.class);

    // Longer than a slow look may take, shorter than the lease.
    private static final int NETWORK_MILLIS = 8_000;
    private static final int VALID_SECONDS = 1;
    private static final long CLOSE_SECONDS = 1;

    private final Sql sql;
    private final Connector connector;
    private final ReentrantLock mutex = new ReentrantLock();
    private volatile @Nullable Kept kept;

    /** A connection and how it was before it was taken. */
    private record Kept(Connection connection, boolean autoCommit, int networkMillis) {}

    Lifeline(Sql sql, Connector connector) {
        this.sql = sql;
        this.connector = connector;
    }

    /** Runs single statements, each its own transaction; as {@link Sql#run}. */
    <T> T run(String what, Sql.Work<T> work) {
        return sql.tried(
                what,
                () -> {
                    mutex.lock();
                    try {
                        Connection connection = connection();
                        try {
                            return work.on(connection);
                        } catch (SQLException e) {
                            dropIfBroken(connection);
                            throw e;
                        }
                    } finally {
                        mutex.unlock();
                    }
                });
    }

    private Connection connection() throws SQLException {
        Kept present = kept;
        if (present != null) {
            return present.connection();
        }
        Connection connection = connector.open();
        try {
            var taken =
                    new Kept(
                            connection, connection.getAutoCommit(), connection.getNetworkTimeout());
            connection.setAutoCommit(true);
            connection.setNetworkTimeout(Runnable::run, NETWORK_MILLIS);
            kept = taken;
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private void dropIfBroken(Connection connection) throws SQLException {
        if (connection.isClosed() || !connection.isValid(VALID_SECONDS)) {
            kept = null;
            connection.close();
        }
    }

    /** Gives the connection back as it was taken; one that is in use too long is cut. */
    @Override
    public void close() {
        Kept last = kept;
        if (last == null) {
            return;
        }
        try {
            if (mutex.tryLock(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                try {
                    giveBack();
                } finally {
                    mutex.unlock();
                }
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            last.connection().abort(Runnable::run);
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("the workers' connection was gone before its close");
        }
    }

    private void giveBack() {
        Kept last = kept;
        kept = null;
        if (last == null) {
            return;
        }
        try (Connection connection = last.connection()) {
            connection.setNetworkTimeout(Runnable::run, last.networkMillis());
            connection.setAutoCommit(last.autoCommit());
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("the workers' connection was gone before its close");
        }
    }
}
