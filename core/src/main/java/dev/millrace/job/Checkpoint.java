package dev.millrace.job;

import java.time.Instant;

/**
 * Where a job can resume, as the store keeps it: replaced as a whole, never by an older one.
 *
 * @param number 1 for the job's first, one more with each
 * @param text JSON text: an object with a member for each cursor by name (empty for the handler's
 *     own), each {@code {"v": version, "c": cursor}}
 * @param at when it was written
 */
public record Checkpoint(long number, String text, Instant at) {
    /** The longest text accepted, in bytes of JSON. */
    public static final int MAX_BYTES = 256 << 10;

    /** Checks the number. */
    public Checkpoint {
        if (number < 1) {
            throw MillraceException.invalid(
                    "a checkpoint's number must be 1 or more, got " + number);
        }
    }
}
