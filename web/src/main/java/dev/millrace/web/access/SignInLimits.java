package dev.millrace.web.access;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How often somebody may try to sign in: so many times from an address and so many as a user, then
 * no more until the window is over. The {@value #MOST_KEPT} latest addresses and users are known.
 * Thread-safe.
 */
final class SignInLimits {
    private static final int MOST_KEPT = 10_000;
    private static final int PER_ADDRESS = 30;
    private static final int PER_USER = 10;
    private static final Duration WINDOW = Duration.ofMinutes(5);

    private final Map<String, Tries> known =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Tries> eldest) {
                    return size() > MOST_KEPT;
                }
            };

    private record Tries(int count, long sinceNanos) {
        boolean isOver(long now) {
            return now - sinceNanos >= WINDOW.toNanos();
        }
    }

    /**
     * Counts a try.
     *
     * @param nowNanos on a clock that only runs forward
     * @return how long to wait first; empty when it may be made
     */
    synchronized Optional<Duration> attempt(String address, String user, long nowNanos) {
        Optional<Duration> wait =
                wait("a " + address, PER_ADDRESS, nowNanos)
                        .or(() -> wait("u " + user, PER_USER, nowNanos));
        if (wait.isEmpty()) {
            count("a " + address, nowNanos);
            count("u " + user, nowNanos);
        }
        return wait;
    }

    /** They did sign in: what was tried as this user before no longer counts. */
    synchronized void succeeded(String user) {
        known.remove("u " + user);
    }

    private Optional<Duration> wait(String key, int most, long now) {
        Tries tries = known.get(key);
        if (tries == null || tries.isOver(now) || tries.count() < most) {
            return Optional.empty();
        }
        return Optional.of(WINDOW.minusNanos(now - tries.sinceNanos()));
    }

    private void count(String key, long now) {
        Tries before = known.get(key);
        known.put(
                key,
                before == null || before.isOver(now)
                        ? new Tries(1, now)
                        : new Tries(before.count() + 1, before.sinceNanos()));
    }
}
