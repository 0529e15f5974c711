package dev.millrace.web.http;

/** Finds out who sends a request. Thread-safe; may block. */
@FunctionalInterface
public interface Doorkeeper {
    /**
     * Who sends it; {@link Who#nobody} when it says nothing of that.
     *
     * @throws Refused when what it says of that is not true, or not enough for what it changes
     */
    Who who(Incoming incoming);

    /** Lets everybody do everything. */
    static Doorkeeper open() {
        return incoming -> Who.everybody();
    }
}
