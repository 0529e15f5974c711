package dev.millrace.job;

import java.time.Instant;

/**
 * The stack of a job's thread at a moment.
 *
 * @param text one frame a line, at most {@value #MAX_TEXT} characters are kept
 * @param at when it was taken
 */
public record StackNote(String text, Instant at) {
    /** The longest text kept, in characters. */
    public static final int MAX_TEXT = 16_000;

    /** Cuts what is too long. */
    public StackNote {
        text = Texts.bounded(text, MAX_TEXT);
    }

    /** The frames of a thread, one a line. */
    public static StackNote of(Thread thread, Instant at) {
        var text = new StringBuilder();
        for (StackTraceElement frame : thread.getStackTrace()) {
            text.append("at ").append(frame).append('\n');
        }
        return new StackNote(text.toString(), at);
    }
}
