package dev.millrace.server.output;

import java.time.Duration;

/** A line of progress on a watched {@code err}, redrawn in place; nothing when nobody watches. */
public final class Bar implements AutoCloseable {
    private static final long REDRAW_NANOS = Duration.ofMillis(100).toNanos();
    private static final String BACK = "\r\033[K";

    private final Console console;
    private final boolean shown;
    private long lastNanos = System.nanoTime() - REDRAW_NANOS;

    /** A bar that is shown only when {@code wanted} and somebody watches. */
    public Bar(Console console, boolean wanted) {
        this.console = console;
        this.shown = wanted && console.terminal();
    }

    /** Shows a text in place of the last, at most ten times a second. */
    public void show(String text) {
        if (shown && System.nanoTime() - lastNanos >= REDRAW_NANOS) {
            lastNanos = System.nanoTime();
            console.err().print(BACK + text);
            console.err().flush();
        }
    }

    /** Takes the text away. */
    @Override
    public void close() {
        clear();
    }

    /** Takes the text away until the next is shown. */
    public void clear() {
        if (shown) {
            console.err().print(BACK);
            console.err().flush();
        }
    }
}
