package dev.millrace.postgres;

import dev.millrace.job.MillraceException;
import dev.millrace.store.Signals;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Wake-ups. Listeners of this process are called at once, on the announcing thread; other processes
 * get a NOTIFY from a thread of its own, the first at once, then at most one in 5 ms.
 */
final class Wakeups implements Signals, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Wakeups.class);
    private static final long GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Sql sql;
    private final Lifeline lifeline;
    private final String token = UUID.randomUUID().toString();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean pending = new AtomicBoolean();
    private final AtomicReference<@Nullable Thread> sender = new AtomicReference<>();
    private final Session session;
    private volatile boolean closed;

    /** One subscription; the same listener may subscribe twice. */
    private static final class Listener {
        private final Runnable work;

        Listener(Runnable work) {
            this.work = work;
        }
    }

    Wakeups(Sql sql, Lifeline lifeline, Session session) {
        this.sql = sql;
        this.lifeline = lifeline;
        this.session = session;
    }

    @Override
    public Subscription onWork(Runnable listener) {
        var own = new Listener(listener);
        listeners.add(own);
        session.listenFor(this);
        return () -> listeners.remove(own);
    }

    @Override
    public void announce() {
        local();
        if (!pending.getAndSet(true)) {
            LockSupport.unpark(sender());
        }
    }

    /** Wakes the listeners of this process. */
    void local() {
        for (Listener listener : listeners) {
            try {
                listener.work.run();
            } catch (RuntimeException e) {
                LOG.atWarn().setCause(e).log("a listener for work threw; it stays subscribed");
            }
        }
    }

    /** Whether a notification came from this process. */
    boolean isOwn(String payload) {
        return payload.equals(token);
    }

    /** Sends a notification now; the commit behind it does not wait for the disk. */
    private void send() {
        sql.run("notify", this::notify);
    }

    /** The same, without waiting for a connection of the pool. */
    void nudge() {
        lifeline.run("notify", this::notify);
    }

    private boolean notify(Connection connection) throws SQLException {
        String text = "select set_config('synchronous_commit', 'off', true), pg_notify(?, ?)";
        try (var statement = Sql.prepare(connection, text)) {
            statement.setString(1, sql.schema().channel());
            statement.setString(2, token);
            return statement.execute();
        }
    }

    private Thread sender() {
        Thread running = sender.get();
        if (running != null) {
            return running;
        }
        Thread made = Thread.ofPlatform().daemon().name("millrace-notify").unstarted(this::work);
        if (sender.compareAndSet(null, made)) {
            made.start();
            return made;
        }
        return sender();
    }

    private void work() {
        while (!closed) {
            if (!pending.getAndSet(false)) {
                LockSupport.park(this);
                continue;
            }
            try {
                send();
            } catch (MillraceException e) {
                LOG.atDebug().setCause(e).log("notify failed; polls will find the work");
            }
            long until = System.nanoTime() + GAP_NANOS;
            for (long left = GAP_NANOS; left > 0 && !closed; left = until - System.nanoTime()) {
                LockSupport.parkNanos(this, left);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        Thread running = sender.get();
        if (running != null) {
            LockSupport.unpark(running);
            try {
                running.join(Duration.ofSeconds(1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
