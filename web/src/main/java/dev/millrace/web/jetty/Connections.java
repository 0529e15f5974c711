package dev.millrace.web.jetty;

import dev.millrace.web.http.Network;

import org.eclipse.jetty.io.Connection;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * Sees to it that connections are not kept from others: an address has no more of them than it
 * leaves, alone half, and the head of a request has to come whole in time, however its bytes drip.
 * Thread-safe.
 */
final class Connections implements Connection.Listener {
    private final int most;
    private final long longestNanos;
    private final Predicate<InetAddress> unbounded;

    /** Since when they wait for a request, by those that do. */
    private final Map<Connection, Long> waiting = new ConcurrentHashMap<>();

    private final Map<Connection, String> owners = new ConcurrentHashMap<>();
    private final Map<String, Integer> held = new HashMap<>();
    private int taken;

    /**
     * @param most connections at once
     * @param longestNanos how long the head of a request may take, silence before it included
     * @param unbounded addresses that stand for many
     */
    Connections(int most, long longestNanos, Predicate<InetAddress> unbounded) {
        this.most = most;
        this.longestNanos = longestNanos;
        this.unbounded = unbounded;
    }

    @Override
    public void onOpened(Connection connection) {
        String owner = owner(connection);
        if (!enter(owner)) {
            connection.getEndPoint().close();
            return;
        }
        owners.put(connection, owner);
        rests(connection);
    }

    @Override
    public void onClosed(Connection connection) {
        waiting.remove(connection);
        String owner = owners.remove(connection);
        if (owner != null) {
            leave(owner);
        }
    }

    /** Empty for those that are not counted by address. */
    private String owner(Connection connection) {
        return connection.getEndPoint().getRemoteSocketAddress() instanceof InetSocketAddress from
                        && from.getAddress() != null
                        && !unbounded.test(from.getAddress())
                ? Network.household(from.getAddress())
                : "";
    }

    private synchronized boolean enter(String owner) {
        int has = owner.isEmpty() ? 0 : held.getOrDefault(owner, 0);
        if (has + 1 > most - taken) {
            return false;
        }
        taken++;
        if (!owner.isEmpty()) {
            held.put(owner, has + 1);
        }
        return true;
    }

    private synchronized void leave(String owner) {
        taken--;
        held.computeIfPresent(owner, (each, has) -> has == 1 ? null : has - 1);
    }

    /** The head of a request has come. */
    void works(Connection connection) {
        waiting.remove(connection);
    }

    /** The request was answered; the next one may come. */
    void rests(Connection connection) {
        waiting.put(connection, System.nanoTime());
        if (!owners.containsKey(connection)) {
            // closed meanwhile
            waiting.remove(connection);
        }
    }

    /** Cuts those whose request takes too long to begin. Cost: one look at each connection. */
    void cut() {
        long now = System.nanoTime();
        waiting.forEach((connection, since) -> {
            if (now - since > longestNanos) {
                connection
                        .getEndPoint()
                        .close(new TimeoutException("the head of a request came too slowly"));
            }
        });
    }
}
