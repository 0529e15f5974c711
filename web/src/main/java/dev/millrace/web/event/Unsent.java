package dev.millrace.web.event;

import java.util.IdentityHashMap;

/**
 * How much waits to be sent in all streams of a process together. What several streams wait for is
 * kept once, and counts once. Thread-safe.
 */
public final class Unsent {
    private static final long FEWEST = 8 << 20;
    private static final long MOST = 256 << 20;
    private static final int HEAP_SHARE = 24;

    private final long mostChars;
    private final IdentityHashMap<String, Integer> streams = new IdentityHashMap<>();
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

    /** One more stream keeps this; answers whether there was room. */
    synchronized boolean add(String data) {
        Integer before = streams.get(data);
        if (before == null && chars + data.length() > mostChars) {
            return false;
        }
        chars += before == null ? data.length() : 0;
        streams.put(data, before == null ? 1 : before + 1);
        return true;
    }

    /** A stream keeps it no more; nothing happens when it was never added. */
    synchronized void remove(String data) {
        Integer before = streams.get(data);
        if (before == null) {
            return;
        }
        if (before == 1) {
            streams.remove(data);
            chars -= data.length();
        } else {
            streams.put(data, before - 1);
        }
    }

    /** How many characters are kept. */
    synchronized long chars() {
        return chars;
    }
}
