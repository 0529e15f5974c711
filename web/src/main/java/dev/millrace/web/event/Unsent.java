package dev.millrace.web.event;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * How much waits to be sent in all streams of a process together. What several streams wait for is
 * kept once, and counts once. Of what there may be somebody who said who they are has half at most,
 * so that streams that take nothing in do not have others cut. Thread-safe.
 */
public final class Unsent {
    private static final long FEWEST = 8 << 20;
    private static final long MOST = 256 << 20;
    private static final int HEAP_SHARE = 24;

    private final long mostChars;

    /** By what waits, how many streams of each caller it waits in. */
    private final IdentityHashMap<String, Map<String, Integer>> streams = new IdentityHashMap<>();

    private final Map<String, Long> callers = new HashMap<>();
    private long chars;

    /** At most so many characters. */
    public Unsent(long mostChars) {
        this.mostChars = mostChars;
    }

    /** As much as suits the heap: a {@value #HEAP_SHARE}th of it, 8 to 256 million characters. */
    public static Unsent standard() {
        long share = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
        return new Unsent(Math.clamp(share, FEWEST, MOST));
    }

    /**
     * One more stream keeps this; answers whether there was room.
     *
     * @param caller whose stream; empty for those who need not say who they are
     */
    synchronized boolean add(String caller, String data) {
        Map<String, Integer> its = streams.get(data);
        long more = its == null ? data.length() : 0;
        boolean isNew = its == null || !its.containsKey(caller);
        long own = callers.getOrDefault(caller, 0L) + (isNew ? data.length() : 0);
        if (chars + more > mostChars || (!caller.isEmpty() && own > mostChars / 2)) {
            return false;
        }
        chars += more;
        callers.put(caller, own);
        streams.computeIfAbsent(data, any -> new HashMap<>(2)).merge(caller, 1, Integer::sum);
        return true;
    }

    /** A stream keeps it no more; nothing happens when it was never added. */
    synchronized void remove(String caller, String data) {
        Map<String, Integer> its = streams.get(data);
        if (its == null || !its.containsKey(caller)) {
            return;
        }
        if (its.merge(caller, -1, Integer::sum) == 0) {
            its.remove(caller);
            callers.computeIfPresent(
                    caller, (who, has) -> has == data.length() ? null : has - data.length());
        }
        if (its.isEmpty()) {
            streams.remove(data);
            chars -= data.length();
        }
    }

    /** How many characters are kept. */
    synchronized long chars() {
        return chars;
    }
}
