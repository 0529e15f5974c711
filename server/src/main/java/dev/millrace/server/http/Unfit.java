package dev.millrace.server.http;

/** A request that can never be made; the message says what was expected and what was got. */
final class Unfit extends Exception {
    private static final long serialVersionUID = 1L;

    Unfit(String message) {
        super(message, null, false, false);
    }
}
