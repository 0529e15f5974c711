package dev.millrace.store;

import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Something that somebody did.
 *
 * @param id chosen by the store, later ones larger; 0 before it is kept
 * @param at when, to the microsecond
 * @param who the name of a user or token; empty where access is open
 * @param role the most they may do: {@code admin}
 * @param action by the name that the HTTP API gives it: {@code cancelJob}
 * @param target what it was done to: {@code job 7}
 * @param before how that stood, as JSON; {@code null} when there is nothing to tell
 * @param after how it stands, or what was asked for, as JSON
 * @param address where the request came from
 */
public record AuditEntry(
        long id,
        Instant at,
        String who,
        String role,
        String action,
        String target,
        @Nullable String before,
        @Nullable String after,
        String address) {
    /** The most characters of {@code before} and of {@code after}. */
    public static final int MOST_CHARS = 4_000;

    private static final int MOST_SHORT = 500;

    /** Checks the lengths; moments are kept to the microsecond. */
    public AuditEntry {
        at = at.truncatedTo(ChronoUnit.MICROS);
        bounded("who", who, MOST_SHORT);
        bounded("role", role, MOST_SHORT);
        bounded("action", action, MOST_SHORT);
        bounded("target", target, MOST_SHORT);
        bounded("address", address, MOST_SHORT);
        bounded("before", before, MOST_CHARS);
        bounded("after", after, MOST_CHARS);
    }

    private static void bounded(String what, @Nullable String text, int most) {
        if (text != null && (text.length() > most || text.indexOf('\0') >= 0)) {
            throw MillraceException.invalid(
                    "%s of an audit entry must have at most %d characters and no NUL, got %d;"
                                    .formatted(what, most, text.length())
                            + " nothing was kept");
        }
    }

    /** The same as the store keeps it. */
    public AuditEntry id(long newId) {
        return new AuditEntry(newId, at, who, role, action, target, before, after, address);
    }
}
