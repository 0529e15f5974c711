package dev.millrace.store;

import dev.millrace.job.MillraceException;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A session of somebody who signed in. What proves it is not kept, only its hash.
 *
 * @param tokenHash of the secret that the browser keeps, 1 to 200 characters
 * @param user whose
 * @param stamp what stood for their password then: another one ends the session
 * @param createdAt when they signed in, to the microsecond
 * @param expiresAt when they have to again
 */
public record SignIn(
        String tokenHash, String user, String stamp, Instant createdAt, Instant expiresAt) {
    /** Checks the lengths; moments are kept to the microsecond. */
    public SignIn {
        createdAt = createdAt.truncatedTo(ChronoUnit.MICROS);
        expiresAt = expiresAt.truncatedTo(ChronoUnit.MICROS);
        bounded("tokenHash", tokenHash);
        bounded("user", user);
        bounded("stamp", stamp);
    }

    private static void bounded(String what, String text) {
        if (text.isEmpty() || text.length() > 200 || text.indexOf('\0') >= 0) {
            throw MillraceException.invalid(
                    "%s of a session must have 1 to 200 characters and no NUL, got %d; nothing was"
                                    .formatted(what, text.length())
                            + " kept");
        }
    }
}
