package dev.millrace.job;

import org.jspecify.annotations.Nullable;

/**
 * The one unchecked root of every refusal and failure that Millrace reports to its caller.
 *
 * <p>The message says what was expected, what was got, which thing it concerns and what happens
 * next. The {@link #code()} is stable across releases and safe to program against; the message is
 * for people and may improve.
 */
public class MillraceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kinds of failure, each with a stable lower-case code. */
    public enum Code {
        /** An argument, option or payload that can never be accepted as it is. */
        INVALID_INPUT("invalid-input"),
        /** A configuration that cannot be started; the message lists every fault found. */
        INVALID_CONFIGURATION("invalid-configuration"),
        /** The store did not answer within its bound; nothing is known to be lost. */
        STORE_UNAVAILABLE("store-unavailable"),
        /** The store's schema is newer than this program, or missing and not to be created. */
        SCHEMA_MISMATCH("schema-mismatch"),
        /** The store refused for good: read-only, full, corrupt, or without the needed rights. */
        STORE_REFUSED("store-refused"),
        /** The store does not offer what was asked, for instance a caller's own transaction. */
        NOT_SUPPORTED("not-supported"),
        /** An idempotency key came again with another request; nothing was accepted. */
        IDEMPOTENCY_CONFLICT("idempotency-conflict"),
        /** A transaction still open is about to decide who holds a unique key. */
        KEY_BUSY("key-busy"),
        /** This worker was declared dead by others and must register anew. */
        WORKER_LOST("worker-lost"),
        /** Whoever registers workers has as many as they may have. */
        TOO_MANY_WORKERS("too-many-workers"),
        /** The claim is no longer held: another worker has the job, or it has ended. */
        LEASE_LOST("lease-lost"),
        /** A job's steps are not those that its earlier attempts recorded. */
        STEPS_CHANGED("steps-changed"),
        /** A step was done, and its result cannot be stored. */
        STEP_NOT_KEPT("step-not-kept"),
        /** The object was used after it had been closed. */
        CLOSED("closed");

        private final String text;

        Code(String text) {
            this.text = text;
        }

        /** The stable code as it appears in logs, on the command line and in problem documents. */
        public String text() {
            return text;
        }
    }

    private final Code code;

    /**
     * A failure without a cause of its own.
     *
     * @param code its stable kind
     * @param message what was expected, what was got, what happens next
     */
    public MillraceException(Code code, String message) {
        this(code, message, null);
    }

    /**
     * A failure with the exception that led to it.
     *
     * @param code its stable kind
     * @param message what was expected, what was got, what happens next
     * @param cause what led to it, if anything
     */
    public MillraceException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The stable kind of this failure. */
    public Code code() {
        return code;
    }

    /** A refusal of an argument, option or payload. */
    public static MillraceException invalid(String message) {
        return new MillraceException(Code.INVALID_INPUT, message);
    }
}
