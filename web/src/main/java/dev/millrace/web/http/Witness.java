package dev.millrace.web.http;

/** Is told what was done. Thread-safe. */
@FunctionalInterface
public interface Witness {
    /** Something was done and will be answered so. Never fails. */
    void saw(Request request, Response response);

    /** Keeps nothing. */
    static Witness none() {
        return (request, response) -> {};
    }
}
