package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * Why an attempt did not complete, bounded for storage.
 *
 * @param type the exception's class name, or a short word such as {@code discarded}
 * @param message at most {@value #MAX_MESSAGE} characters are kept
 * @param stack the stack trace, at most {@value #MAX_STACK} characters are kept; may be empty
 */
public record ErrorInfo(String type, String message, String stack) {
    /** The longest message kept, in characters. */
    public static final int MAX_MESSAGE = 1000;

    /** The longest stack trace kept, in characters. */
    public static final int MAX_STACK = 8000;

    /** The type of a snooze whose job has a checkpoint that its worker is too old to read. */
    public static final String NEWER_CHECKPOINT = "newer-checkpoint";

    /** Cuts what is too long and replaces what no store can hold (NUL, unpaired surrogates). */
    public ErrorInfo {
        type = Texts.bounded(type, Names.MAX_LENGTH);
        message = Texts.bounded(message, MAX_MESSAGE);
        stack = Texts.bounded(stack, MAX_STACK);
    }

    /** The error of an exception; tolerates an exception whose own methods throw. */
    public static ErrorInfo of(Throwable thrown) {
        try {
            var text = new StringWriter();
            // into text that is stored, not onto the console
            thrown.printStackTrace(new PrintWriter(text));
            return new ErrorInfo(
                    thrown.getClass().getName(), String.valueOf(thrown.getMessage()), text + "");
        } catch (RuntimeException | StackOverflowError broken) {
            return new ErrorInfo(
                    thrown.getClass().getName(),
                    "its message could not be read: " + broken.getClass().getName(),
                    "");
        }
    }

    /** An error without an exception, only a reason; a handler may have given none. */
    public static ErrorInfo reason(String type, @Nullable String reason) {
        return new ErrorInfo(type, reason == null ? "no reason given" : reason, "");
    }
}
