package dev.millrace.web.text;

import dev.millrace.job.MillraceException;

import java.time.Instant;
import java.time.format.DateTimeParseException;

/** Moments as people and programs write them: ISO 8601 with a zone. */
public final class Moments {
    private static final int MAX_SHOWN = 60;

    private Moments() {}

    /**
     * Reads a moment.
     *
     * @throws MillraceException with {@code invalid-input} when it is none
     */
    public static Instant parse(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "expected a moment with its zone such as 2030-01-31T08:00:00Z or"
                            + " 2030-01-31T09:00:00+01:00, got '%s'"
                                    .formatted(
                                            text.length() > MAX_SHOWN
                                                    ? text.substring(0, MAX_SHOWN) + "…"
                                                    : text),
                    e);
        }
    }
}
