package dev.millrace.server.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * So many calls at once to one origin, whatever the number of jobs. Remembers only the origins that
 * are called at the time. Thread-safe.
 */
final class Hosts {
    private final int most;
    private final Map<String, Host> hosts = new HashMap<>();

    /** A bound of so many calls for each origin. */
    Hosts(int most) {
        this.most = most;
    }

    /** The right to call an origin, until it is given back. */
    interface Permit {
        /** Gives it back; once. */
        void close();
    }

    private static final class Host {
        private final Semaphore free;
        private int users;

        Host(int most) {
            free = new Semaphore(most, true);
        }
    }

    /** Waits for a permit; empty when none came free in time. */
    Optional<Permit> enter(String origin, Duration patience) throws InterruptedException {
        Host host = use(origin);
        boolean entered = false;
        try {
            entered = host.free.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            if (!entered) {
                leave(origin, host);
            }
        }
        if (!entered) {
            return Optional.empty();
        }
        return Optional.of(() -> {
            host.free.release();
            leave(origin, host);
        });
    }

    /** Origins remembered now. */
    int remembered() {
        synchronized (hosts) {
            return hosts.size();
        }
    }

    private Host use(String origin) {
        synchronized (hosts) {
            Host host = hosts.computeIfAbsent(origin, name -> new Host(most));
            host.users++;
            return host;
        }
    }

    private void leave(String origin, Host host) {
        synchronized (hosts) {
            if (--host.users == 0) {
                hosts.remove(origin);
            }
        }
    }
}
