package dev.millrace.web.access;

import dev.millrace.job.MillraceException;
import dev.millrace.loop.Service;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * What is open by sessions: it ends at once when somebody signs out here, and within seconds when
 * the session ended otherwise: {@value #STEP} sessions are looked at every few seconds, or a tenth
 * of them where there are more, so that each is within half a minute. Bounded by the streams that
 * may be open; thread-safe; started once, closed once.
 */
public final class Stays implements AutoCloseable {
    /** Of somebody without a session. */
    static final Stay NONE = () -> {};

    private static final Logger LOG = LoggerFactory.getLogger(Stays.class);
    private static final int STEP = 50;

    /** All are looked at in so many steps at most. */
    private static final int ROUNDS = 10;

    /** Stands in the turn where each was looked at once. */
    private static final String ROUND = "";

    private static final Duration REST = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Predicate<String> holds;
    private final Service service;
    private final Map<String, Set<Runnable>> open = new HashMap<>();
    private final Queue<String> turn = new ArrayDeque<>();

    /** Something that is open. */
    public interface Stay extends AutoCloseable {
        @Override
        void close();
    }

    /** Sessions are told apart by the hashes of their secrets. */
    Stays(Predicate<String> holds, RandomGenerator random) {
        this.holds = holds;
        this.service = new Service("millrace-stays", random, this::look);
    }

    void start() {
        service.start();
    }

    Stay enter(String session, Runnable end) {
        synchronized (open) {
            open.computeIfAbsent(session, each -> new HashSet<>()).add(end);
        }
        return () -> leave(session, end);
    }

    private void leave(String session, Runnable end) {
        synchronized (open) {
            Set<Runnable> all = open.get(session);
            if (all != null && all.remove(end) && all.isEmpty()) {
                open.remove(session);
            }
        }
    }

    /** The session has ended. */
    void end(String session) {
        List<Runnable> all;
        synchronized (open) {
            all = List.copyOf(open.getOrDefault(session, Set.of()));
        }
        all.forEach(Runnable::run);
    }

    /** Looks at the sessions whose turn it is. */
    Duration look() {
        int step = Math.max(STEP, sessions() / ROUNDS);
        for (int i = 0; i < step; i++) {
            String session = next();
            if (session == null) {
                break;
            }
            try {
                if (!holds.test(session)) {
                    end(session);
                }
            } catch (MillraceException e) {
                LOG.debug("whether sessions still hold is not known: the store did not answer", e);
                break;
            }
        }
        return REST;
    }

    private int sessions() {
        synchronized (open) {
            return open.size();
        }
    }

    private @Nullable String next() {
        synchronized (open) {
            if (turn.isEmpty()) {
                turn.addAll(open.keySet());
                turn.add(ROUND);
            }
            String session = turn.remove();
            return session.equals(ROUND) ? null : session;
        }
    }

    @Override
    public void close() {
        try {
            service.stop(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
