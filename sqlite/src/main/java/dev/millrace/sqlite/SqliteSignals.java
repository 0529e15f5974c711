package dev.millrace.sqlite;

import dev.millrace.sqlite.ForeignWork.Sight;
import dev.millrace.store.Signals;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Wake-ups: listeners in this process are called right after the commit that made work available;
 * commits of other processes are looked for every 4 ms within a second of finding one, else every
 * 16 ms, only while somebody listens.
 */
final class SqliteSignals implements Signals, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteSignals.class);
    private static final long LOOK_NANOS = 16_000_000;
    private static final long EAGER_LOOK_NANOS = 4_000_000;
    private static final long EAGER_NANOS = 1_000_000_000;

    private final CopyOnWriteArrayList<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Thread watch;
    private final AtomicBoolean started = new AtomicBoolean();
    private final LogGlance glance;
    private final Supplier<Sight> workFromElsewhere;
    private final Runnable tellOthers;
    private volatile boolean closed;

    private record Listener(Object identity, Runnable call) {}

    /**
     * @param log the engine's log
     * @param workFromElsewhere whether another process made work available since last asked
     * @param tellOthers makes other processes find that it did; does not block
     */
    SqliteSignals(Path log, Supplier<Sight> workFromElsewhere, Runnable tellOthers) {
        this.glance = new LogGlance(log);
        this.workFromElsewhere = workFromElsewhere;
        this.tellOthers = tellOthers;
        this.watch =
                Thread.ofPlatform().name("millrace-sqlite-watch").daemon().unstarted(this::watch);
    }

    @Override
    public Subscription onWork(Runnable listener) {
        var added = new Listener(new Object(), listener);
        listeners.add(added);
        if (started.compareAndSet(false, true)) {
            watch.start();
        }
        LockSupport.unpark(watch);
        return () -> listeners.remove(added);
    }

    @Override
    public void announce() {
        callListeners();
        tellOthers.run();
    }

    /** Tells this process that work became available. */
    void callListeners() {
        for (var listener : listeners) {
            try {
                listener.call().run();
            } catch (RuntimeException e) {
                LOG.atWarn().setCause(e).log("a listener for work failed");
            }
        }
    }

    /** Looks more often for a while after work came, since more often follows. */
    private void watch() {
        long eagerUntil = System.nanoTime();
        while (!closed) {
            if (listeners.isEmpty()) {
                LockSupport.park(this);
                continue;
            }
            boolean eager = System.nanoTime() - eagerUntil < 0;
            LockSupport.parkNanos(this, eager ? EAGER_LOOK_NANOS : LOOK_NANOS);
            if (!closed && look()) {
                eagerUntil = System.nanoTime() + EAGER_NANOS;
                callListeners();
            }
        }
    }

    private boolean look() {
        if (!glance.isNew()) {
            return false;
        }
        var sight = workFromElsewhere.get();
        if (sight != Sight.NONE) {
            glance.looked();
        }
        return sight == Sight.WORK;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(watch);
    }
}
