package dev.millrace.examples.grader;

import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** A lane for each host: so many of this process ask it at a time. Thread-safe. */
final class Lanes {
    private final int width;
    private final ConcurrentHashMap<String, Semaphore> lanes = new ConcurrentHashMap<>();

    Lanes(int width) {
        this.width = width;
    }

    /** What is done in a lane. */
    @FunctionalInterface
    interface Asking<T> {
        /** Does it. */
        T ask() throws IOException, InterruptedException;
    }

    /** Waits for room in a host's lane, then does it. */
    <T> T in(String host, Asking<T> asking) throws IOException, InterruptedException {
        var lane = lanes.computeIfAbsent(host, h -> new Semaphore(width, true));
        lane.acquire();
        try {
            return asking.ask();
        } finally {
            lane.release();
        }
    }
}
