package dev.millrace.web.look;

import dev.millrace.web.http.Request;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Who;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Changes that came through this server, numbered, and who made the last of them: whoever changed
 * something, or was told of it, is shown nothing that was looked at before. Thread-safe; knows the
 * {@value #MOST_KNOWN} who changed something last, and takes all others for as recent as the last
 * one it forgot.
 */
public final class Changes {
    private static final int MOST_KNOWN = 10_000;

    private final Map<Somebody, Long> known = new LinkedHashMap<>();
    private long last;
    private long forgotten;
    private long told;

    /** Where nobody says who they are, by their address. */
    private record Somebody(Who.Kind kind, String name, String address) {
        static Somebody of(Request request) {
            Who who = request.who();
            return new Somebody(who.kind(), who.name(), request.incoming().address());
        }
    }

    /** No change yet. */
    public Changes() {}

    /** A change that nobody in particular made; answers its number. */
    public synchronized long made() {
        return ++last;
    }

    /** A request that may have changed something is over; answers its number. */
    public synchronized long made(Request request) {
        var somebody = Somebody.of(request);
        known.remove(somebody);
        known.put(somebody, ++last);
        if (known.size() > MOST_KNOWN) {
            var oldest = known.entrySet().iterator();
            forgotten = oldest.next().getValue();
            oldest.remove();
        }
        return last;
    }

    /** Answers as the handler does, and knows afterwards that something may have changed. */
    public Route.Handler after(Route.Handler handler) {
        return request -> {
            try {
                return handler.answer(request);
            } finally {
                made(request);
            }
        };
    }

    /** Whoever listens is about to hear of a change: what they look at then must not be older. */
    public synchronized void told() {
        told = ++last;
    }

    /** The number of the last change that a caller knows of: told to all, or made by themselves. */
    public synchronized long known(Request request) {
        return Math.max(told, last(request));
    }

    /** The number of the last change that is over. */
    public synchronized long last() {
        return last;
    }

    /** The number of the last change that somebody made; 0 for none. */
    public synchronized long last(Request request) {
        return known.getOrDefault(Somebody.of(request), forgotten);
    }
}
