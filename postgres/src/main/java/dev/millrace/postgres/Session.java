package dev.millrace.postgres;

import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one connection that a store keeps: it listens for wake-ups and holds the liveness locks of
 * this process's workers. Opened when first needed, reopened when lost, by a thread of its own.
 * While a lock is not held, the worker's row says so and only its beats count.
 */
final class Session implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);
    private static final int LISTEN_MILLIS = 10_000;
    private static final int RETRY_MILLIS = 500;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 400;
    private static final int NETWORK_MILLIS = 5_000;
    private static final long SETTLE_SECONDS = 5;

    private final Sql sql;
    private final Connector connector;
    private final ReentrantLock mutex = new ReentrantLock();
    private final Condition changed = mutex.newCondition();

    // Guarded by mutex.
    private final Set<Long> wanted = new HashSet<>();
    private final Set<Long> held = new HashSet<>();
    private final Set<Long> refused = new HashSet<>();
    private boolean started;
    private boolean closed;
    private @Nullable Connection current;
    private Wakeups wakeups;

    private final String mark;
    private final String remark;

    @SuppressWarnings("NullAway.Init")
    Session(Sql sql, Connector connector) {
        this.sql = sql;
        this.connector = connector;
        this.mark =
                sql.text(
                        """
                        update {schema}.worker set locked = ?, beat = beat + 1
                        where id = any (?) and not dead
                        """);
        // A pulse that looked just before the lock was taken may have said that it is lost.
        this.remark =
                sql.text(
                        """
                        update {schema}.worker set locked = true, beat = beat + 1
                        where id = any (?) and not dead and not locked
                        """);
    }

    /** Begins to listen and tells these wake-ups. */
    void listenFor(Wakeups told) {
        mutex.lock();
        try {
            wakeups = told;
            start();
        } finally {
            mutex.unlock();
        }
    }

    /** Takes a worker's lock, now or as soon as possible; waits at most some seconds for it. */
    void hold(long workerId, Wakeups told) {
        mutex.lock();
        try {
            wanted.add(workerId);
            wakeups = told;
            start();
        } finally {
            mutex.unlock();
        }
        settle(told, workerId, true);
    }

    /** Gives a worker's lock up. */
    void release(long workerId, Wakeups told) {
        mutex.lock();
        try {
            wanted.remove(workerId);
            if (!held.contains(workerId)) {
                return;
            }
        } finally {
            mutex.unlock();
        }
        settle(told, workerId, false);
    }

    private void settle(Wakeups told, long workerId, boolean hold) {
        try {
            told.nudge();
        } catch (MillraceException e) {
            LOG.atDebug().setCause(e).log("could not wake the listening connection; it will look");
        }
        mutex.lock();
        try {
            long left = TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
            while (left > 0
                    && !closed
                    && !refused.contains(workerId)
                    && held.contains(workerId) != hold) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            mutex.unlock();
        }
    }

    private void start() {
        if (!started && !closed) {
            started = true;
            Thread.ofPlatform().daemon().name("millrace-listen").start(this::work);
        }
    }

    private void work() {
        long pause = FIRST_PAUSE_MILLIS;
        boolean reported = false;
        while (!isClosed()) {
            try (Connection connection = connector.open()) {
                boolean real = open(connection);
                if (reported) {
                    LOG.atInfo().log("listening connection restored");
                }
                reported = false;
                pause = FIRST_PAUSE_MILLIS;
                while (!isClosed()) {
                    boolean settled = locks(connection, real);
                    listen(connection, settled ? LISTEN_MILLIS : RETRY_MILLIS);
                }
            } catch (Throwable e) {
                // Whatever it was: this thread is the only one to take the locks again.
                if (!isClosed() && !reported) {
                    LOG.atWarn()
                            .addKeyValue("cause", e.toString())
                            .log("listening connection lost; liveness locks are retaken with it");
                    reported = true;
                }
            }
            lost();
            if (pause(pause)) {
                pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
            }
        }
    }

    private boolean isClosed() {
        mutex.lock();
        try {
            return closed;
        } finally {
            mutex.unlock();
        }
    }

    /** Whether the session is the server's own, not one of a pooler that shares sessions. */
    private boolean open(Connection connection) throws SQLException {
        connection.setAutoCommit(true);
        // For statements; waiting for notifications has its own limit.
        connection.setNetworkTimeout(Runnable::run, NETWORK_MILLIS);
        PGConnection driver = connection.unwrap(PGConnection.class);
        Set<Long> mine;
        mutex.lock();
        try {
            if (closed) {
                throw new SQLException("closed");
            }
            current = connection;
            mine = new HashSet<>(wanted);
        } finally {
            mutex.unlock();
        }
        boolean real;
        try (var statement = connection.createStatement()) {
            statement.execute("listen \"" + sql.schema().channel() + "\"");
            try (var row = statement.executeQuery("select pg_backend_pid()")) {
                row.next();
                real = row.getInt(1) == driver.getBackendPID();
            }
        }
        if (!real) {
            LOG.atWarn()
                    .log(
                            "a pooler stands between this process and PostgreSQL: no liveness"
                                + " locks, a dead worker is noticed by its lease only; wake-ups may"
                                + " wait for the poll; connect directly to have both");
        }
        mark(connection, mine, false);
        wake();
        return real;
    }

    /** Takes the locks wanted and gives up the others; whether all is as wanted. */
    private boolean locks(Connection connection, boolean real) throws SQLException {
        Set<Long> missing;
        Set<Long> extra;
        mutex.lock();
        try {
            missing = new HashSet<>(wanted);
            missing.removeAll(held);
            missing.removeAll(refused);
            extra = new HashSet<>(held);
            extra.removeAll(wanted);
            if (!real) {
                refused.addAll(missing);
                missing.clear();
                changed.signalAll();
            }
        } finally {
            mutex.unlock();
        }
        boolean settled = true;
        for (long worker : missing) {
            if (lock(connection, "select pg_try_advisory_lock(?, ?)", worker)) {
                mark(connection, Set.of(worker), true);
                now(worker, true);
            } else {
                settled = false;
            }
        }
        for (long worker : extra) {
            lock(connection, "select pg_advisory_unlock(?, ?)", worker);
            now(worker, false);
        }
        return settled;
    }

    private boolean lock(Connection connection, String text, long worker) throws SQLException {
        try (var statement = connection.prepareStatement(text)) {
            statement.setInt(1, sql.schema().livenessLocks());
            statement.setInt(2, (int) worker);
            try (var row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private void now(long worker, boolean holds) {
        mutex.lock();
        try {
            if (holds) {
                held.add(worker);
            } else {
                held.remove(worker);
            }
            changed.signalAll();
        } finally {
            mutex.unlock();
        }
    }

    private void listen(Connection connection, int millis) throws SQLException {
        PGConnection driver = connection.unwrap(PGConnection.class);
        PGNotification[] notifications = driver.getNotifications(millis);
        if (notifications == null || notifications.length == 0) {
            remark(connection);
            return;
        }
        for (PGNotification notification : notifications) {
            if (!wakeups().isOwn(notification.getParameter())) {
                wake();
                return;
            }
        }
    }

    /** Proves that the connection lives, and says again which locks it holds, if need be. */
    private void remark(Connection connection) throws SQLException {
        int[] holding;
        mutex.lock();
        try {
            holding = held.stream().mapToInt(Long::intValue).toArray();
        } finally {
            mutex.unlock();
        }
        try (var statement = connection.prepareStatement(remark)) {
            statement.setObject(1, holding);
            statement.executeUpdate();
        }
    }

    private Wakeups wakeups() {
        mutex.lock();
        try {
            return wakeups;
        } finally {
            mutex.unlock();
        }
    }

    private void wake() {
        wakeups().local();
    }

    /** Forgets the locks; the next connection, or the worker's own pulse, says so at the server. */
    private void lost() {
        mutex.lock();
        try {
            current = null;
            held.clear();
            refused.clear();
        } finally {
            mutex.unlock();
        }
    }

    private int mark(Connection connection, Set<Long> workers, boolean locked) throws SQLException {
        if (workers.isEmpty()) {
            return 0;
        }
        try (var statement = connection.prepareStatement(mark)) {
            statement.setBoolean(1, locked);
            statement.setObject(2, workers.stream().mapToInt(Long::intValue).toArray());
            return statement.executeUpdate();
        }
    }

    private boolean pause(long millis) {
        mutex.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (left > 0 && !closed) {
                left = changed.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
            return false;
        } finally {
            mutex.unlock();
        }
    }

    @Override
    public void close() {
        Connection open;
        mutex.lock();
        try {
            closed = true;
            open = current;
            changed.signalAll();
        } finally {
            mutex.unlock();
        }
        if (open != null) {
            try {
                open.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.atDebug().setCause(e).log("the listening connection was gone before its close");
            }
        }
    }
}
