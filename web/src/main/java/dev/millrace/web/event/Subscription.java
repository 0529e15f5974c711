package dev.millrace.web.event;

import dev.millrace.web.http.Who;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * One client's stream. Events wait in a bounded buffer; a client that falls behind further is told
 * so and cut, and comes back by its last event's id. Thread-safe; closed once.
 */
public final class Subscription implements AutoCloseable {
    private static final int MAX_WAITING = 1_000;
    private static final byte[] HEARTBEAT = ": still here\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] GREETING = "retry: 2000\n\n".getBytes(StandardCharsets.UTF_8);

    private final Duration heartbeat;
    private final Runnable whenClosed;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private final ArrayDeque<Event> waiting = new ArrayDeque<>();
    private final Reach reach;
    private final Map<String, String> told = new HashMap<>();
    private boolean ended;

    /**
     * What a client may be told, and for how long.
     *
     * @param sees which queues; {@code null} for every one
     * @param longest when the stream ends whatever happens, so that the client, coming back, is
     *     asked anew who it is
     */
    record Reach(@Nullable Predicate<String> sees, Duration longest) {
        /** Streams of clients that have to say who they are end after so long. */
        private static final Duration ASKED_ANEW = Duration.ofMinutes(5);

        private static final Duration FOR_EVER = Duration.ofDays(10_000);

        /** As far as somebody's roles go. */
        static Reach of(Who who) {
            return new Reach(
                    who.seesEverything() ? null : who::sees,
                    who.kind() == Who.Kind.EVERYBODY ? FOR_EVER : ASKED_ANEW);
        }

        /** What is left out of what somebody else checked is nothing. */
        static Reach checked(Who who) {
            return new Reach(null, of(who).longest());
        }
    }

    Subscription(Duration heartbeat, Reach reach, Runnable whenClosed) {
        this.heartbeat = heartbeat;
        this.reach = reach;
        this.whenClosed = whenClosed;
    }

    /** Adds an event; never blocks. */
    void add(Event event) {
        Predicate<String> sees = reach.sees();
        if (sees == null) {
            put(event);
        } else {
            event.to(sees).filter(this::isNews).ifPresent(this::put);
        }
    }

    /** That something changed which they may not see is not to be told either. */
    private boolean isNews(Event event) {
        return event.type().equals("job") || !event.data().equals(told(event));
    }

    private @Nullable String told(Event event) {
        lock.lock();
        try {
            return told.put(event.type(), event.data());
        } finally {
            lock.unlock();
        }
    }

    private void put(Event event) {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            if (waiting.size() == MAX_WAITING) {
                waiting.clear();
                waiting.add(new Event("", "lost", "{\"reason\":\"the client was too slow\"}"));
                ended = true;
            } else {
                waiting.add(event);
            }
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What waits is still sent, then the stream ends. */
    void end() {
        lock.lock();
        try {
            ended = true;
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes events as they come and a comment whenever none came for a while, by which a client
     * that is gone is noticed. Returns when the stream has ended.
     *
     * @throws IOException when the client is gone
     */
    public void writeTo(OutputStream out) throws IOException, InterruptedException {
        out.write(GREETING);
        out.flush();
        long began = System.nanoTime();
        while (System.nanoTime() - began < reach.longest().toNanos()) {
            Event event = next();
            if (event == null) {
                return;
            }
            out.write(event.type().isEmpty() ? HEARTBEAT : event.bytes());
            if (isEmpty()) {
                out.flush();
            }
        }
    }

    private boolean isEmpty() {
        lock.lock();
        try {
            return waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** The next event, one without a type when none came in time, {@code null} at the end. */
    private @Nullable Event next() throws InterruptedException {
        lock.lock();
        try {
            long left = heartbeat.toNanos();
            while (waiting.isEmpty() && !ended && left > 0) {
                left = change.awaitNanos(left);
            }
            Event event = waiting.poll();
            return event != null || ended ? event : new Event("", "", "");
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more is wanted. */
    @Override
    public void close() {
        end();
        whenClosed.run();
    }
}
