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
 * One client's stream. Events wait in a buffer of {@value #MAX_WAITING} events and {@value
 * #MAX_CHARS} characters, or one event that is longer; a newer state takes the place of an older
 * one, and counts only as an event. A client that falls behind further is told so and cut, and
 * comes back by its last event's id. Thread-safe; closed once.
 */
public final class Subscription implements AutoCloseable {
    private static final int MAX_WAITING = 1_000;
    private static final int MAX_CHARS = 1 << 20;
    private static final byte[] HEARTBEAT = ": still here\n\n".getBytes(StandardCharsets.UTF_8);
    private static final Event LOST =
            new Event("", "lost", "{\"reason\":\"the client was too slow\"}");
    private static final byte[] GREETING = "retry: 2000\n\n".getBytes(StandardCharsets.UTF_8);

    private final Terms terms;
    private final Runnable whenClosed;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private final ArrayDeque<Event> waiting = new ArrayDeque<>();
    private final Reach reach;
    private final Map<String, String> told = new HashMap<>();
    private long waitingChars;
    private boolean ended;

    /**
     * What holds for every stream of a process.
     *
     * @param heartbeat how long a stream may be silent
     * @param unsent what waits in all of them
     */
    public record Terms(Duration heartbeat, Unsent unsent) {}

    /**
     * What a client may be told, and for how long.
     *
     * @param sees which queues; {@code null} for every one
     * @param longest when the stream ends whatever happens, so that the client, coming back, is
     *     asked anew who it is
     * @param caller who it is; empty where nobody has to say
     */
    record Reach(@Nullable Predicate<String> sees, Duration longest, String caller) {
        /** Streams of clients that have to say who they are end after so long. */
        private static final Duration ASKED_ANEW = Duration.ofMinutes(5);

        private static final Duration FOR_EVER = Duration.ofDays(10_000);

        /** As far as somebody's roles go. */
        static Reach of(Who who) {
            return new Reach(
                    who.seesEverything() ? null : who::sees,
                    who.kind() == Who.Kind.EVERYBODY ? FOR_EVER : ASKED_ANEW,
                    who.name().isEmpty() ? "" : who.kind() + " " + who.name());
        }

        /** What is left out of what somebody else checked is nothing. */
        static Reach checked(Who who) {
            Reach its = of(who);
            return new Reach(null, its.longest(), its.caller());
        }
    }

    Subscription(Terms terms, Reach reach, Runnable whenClosed) {
        this.terms = terms;
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
            if (!event.subject().isEmpty()) {
                forget(each -> each.subject().equals(event.subject()));
            }
            if (isTooMuch(event) || !terms.unsent().add(reach.caller(), event.data())) {
                forget(each -> true);
                waiting.add(LOST);
                ended = true;
            } else {
                waiting.add(event);
                waitingChars += counted(event);
            }
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean isTooMuch(Event event) {
        return waiting.size() == MAX_WAITING
                || (waitingChars > 0 && waitingChars + counted(event) > MAX_CHARS);
    }

    /** Of each state only one waits: however long it is, nobody falls behind by it. */
    private static int counted(Event event) {
        return event.subject().isEmpty() ? event.data().length() : 0;
    }

    private void forget(Predicate<Event> which) {
        for (var each = waiting.iterator(); each.hasNext(); ) {
            Event event = each.next();
            if (which.test(event)) {
                each.remove();
                waitingChars -= counted(event);
                terms.unsent().remove(reach.caller(), event.data());
            }
        }
    }

    /** What waits is still sent, then the stream ends. */
    public void end() {
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
            if (event.type().isEmpty()) {
                out.write(HEARTBEAT);
            } else {
                send(event, out);
            }
            if (isEmpty()) {
                out.flush();
            }
        }
    }

    /** As long as the client takes it in, it is kept. */
    private void send(Event event, OutputStream out) throws IOException {
        try {
            event.writeTo(out);
        } finally {
            terms.unsent().remove(reach.caller(), event.data());
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
            long left = terms.heartbeat().toNanos();
            while (waiting.isEmpty() && !ended && left > 0) {
                left = change.awaitNanos(left);
            }
            Event event = waiting.poll();
            waitingChars -= event == null ? 0 : counted(event);
            return event != null || ended ? event : new Event("", "", "");
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more is wanted. */
    @Override
    public void close() {
        lock.lock();
        try {
            ended = true;
            forget(each -> true);
        } finally {
            lock.unlock();
        }
        whenClosed.run();
    }
}
