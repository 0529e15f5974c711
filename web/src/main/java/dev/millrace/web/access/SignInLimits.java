package dev.millrace.web.access;

import dev.millrace.web.http.Network;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How often somebody may try to sign in within a while: so many times from an address, so many as a
 * user from an address, and, more slowly, so many as a user from everywhere. The last does not hold
 * for an address from which that user did sign in before, so that nobody locks another out of where
 * they are at home. Addresses of IPv6 count by their first 64 bits, which one household has. Of
 * each sort the {@value #MOST_KEPT} latest are known. Thread-safe.
 */
final class SignInLimits {
    private static final int MOST_KEPT = 20_000;
    private static final Limit PER_ADDRESS = new Limit(30, Duration.ofMinutes(5));
    private static final Limit PER_PAIR = new Limit(10, Duration.ofMinutes(5));
    private static final Limit PER_USER = new Limit(100, Duration.ofHours(1));

    private final Map<String, Tries> addresses = latest();
    private final Map<Pair, Tries> pairs = latest();
    private final Map<String, Tries> users = latest();
    private final Map<Pair, Boolean> homes = latest();

    private record Limit(int most, Duration window) {}

    private record Pair(String user, String address) {}

    private record Tries(int count, long sinceNanos) {}

    private static <K, V> Map<K, V> latest() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > MOST_KEPT;
            }
        };
    }

    /**
     * Counts a try.
     *
     * @param nowNanos on a clock that only runs forward
     * @return how long to wait first; empty when it may be made
     */
    synchronized Optional<Duration> attempt(String address, String user, long nowNanos) {
        var pair = new Pair(user, Network.household(address));
        boolean isHome = homes.containsKey(pair);
        Optional<Duration> wait =
                wait(addresses.get(pair.address()), PER_ADDRESS, nowNanos)
                        .or(() -> wait(pairs.get(pair), PER_PAIR, nowNanos))
                        .or(() ->
                                isHome
                                        ? Optional.empty()
                                        : wait(users.get(user), PER_USER, nowNanos));
        if (wait.isEmpty()) {
            addresses.merge(
                    pair.address(), first(nowNanos), (old, one) -> more(old, one, PER_ADDRESS));
            pairs.merge(pair, first(nowNanos), (old, one) -> more(old, one, PER_PAIR));
            if (!isHome) {
                users.merge(user, first(nowNanos), (old, one) -> more(old, one, PER_USER));
            }
        }
        return wait;
    }

    /** They did sign in: this address is one of theirs, and its tries no longer count. */
    synchronized void succeeded(String address, String user) {
        var pair = new Pair(user, Network.household(address));
        pairs.remove(pair);
        homes.put(pair, true);
    }

    private static Tries first(long now) {
        return new Tries(1, now);
    }

    private static Tries more(Tries old, Tries one, Limit limit) {
        return isOver(old, limit, one.sinceNanos())
                ? one
                : new Tries(old.count() + 1, old.sinceNanos());
    }

    private static boolean isOver(Tries tries, Limit limit, long now) {
        return now - tries.sinceNanos() >= limit.window().toNanos();
    }

    private static Optional<Duration> wait(@Nullable Tries tries, Limit limit, long now) {
        if (tries == null || isOver(tries, limit, now) || tries.count() < limit.most()) {
            return Optional.empty();
        }
        return Optional.of(limit.window().minusNanos(now - tries.sinceNanos()));
    }
}
