package dev.millrace.server.http;

/** A call that may succeed later; the message says what was expected and what was got. */
final class CallFailed extends Exception {
    private static final long serialVersionUID = 1L;

    /** Without a stack trace: it would only tell where this class was made. */
    CallFailed(String message) {
        super(message, null, false, false);
    }
}
