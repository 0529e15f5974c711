package dev.millrace.web.http;

/** Is told what was done. Thread-safe. */
@FunctionalInterface
public interface Witness {
    /**
     * Something was done, in part at least. Never fails.
     *
     * @return whether it is kept; otherwise it is in the log, and kept later if that can be
     */
    boolean saw(Request request);

    /** Keeps nothing. */
    static Witness none() {
        return request -> true;
    }
}
