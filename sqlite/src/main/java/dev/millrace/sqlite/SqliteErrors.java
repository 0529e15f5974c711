package dev.millrace.sqlite;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;

import java.nio.file.Path;
import java.sql.SQLException;

/** What the engine's error numbers mean for callers. */
final class SqliteErrors {
    private static final int BUSY = 5;
    private static final int LOCKED = 6;
    private static final int READONLY = 8;
    private static final int INTERRUPT = 9;
    private static final int IOERR = 10;
    private static final int CORRUPT = 11;
    private static final int FULL = 13;
    private static final int CANTOPEN = 14;
    private static final int PROTOCOL = 15;
    private static final int CONSTRAINT = 19;
    private static final int AUTH = 23;
    private static final int NOTADB = 26;
    private static final int PERM = 3;
    private static final int NOMEM = 7;

    private SqliteErrors() {}

    static boolean isBusy(SQLException e) {
        int code = primary(e);
        return code == BUSY || code == LOCKED || code == PROTOCOL;
    }

    static boolean isConstraint(SQLException e) {
        return primary(e) == CONSTRAINT;
    }

    /** Whether a connection that met this may go on failing when a new one would not. */
    static boolean outlivesItsCause(SQLException e) {
        return switch (primary(e)) {
            case READONLY, PERM, AUTH, IOERR, CANTOPEN -> true;
            default -> false;
        };
    }

    /**
     * What callers see when a file cannot be opened: what can be mended only by hand is refused.
     *
     * @param file the database
     * @param what was tried, as in "migration"
     */
    static MillraceException opening(Path file, String what, SQLException e) {
        return switch (primary(e)) {
            case READONLY, PERM, AUTH ->
                    refused(
                            file,
                            what,
                            e,
                            "the file or its directory is read-only: both must be writable");
            case CANTOPEN ->
                    refused(
                            file,
                            what,
                            e,
                            "the file cannot be opened: its directory must exist and be writable,"
                                    + " and it must not be a directory itself");
            default -> using(file, what, e);
        };
    }

    /**
     * What callers see when a file that was open before fails them: whatever a change around the
     * file may mend is unavailable, so that those who call again go on once it is mended.
     *
     * @param file the database
     * @param what was tried, as in "enqueue"
     */
    static MillraceException using(Path file, String what, SQLException e) {
        return switch (primary(e)) {
            case BUSY, LOCKED, PROTOCOL ->
                    unavailable(
                            file,
                            what,
                            e,
                            "another process keeps the file locked; try again later");
            case FULL ->
                    unavailable(
                            file,
                            what,
                            e,
                            "the disk is full: free space, what was accepted before is safe");
            case IOERR ->
                    unavailable(
                            file,
                            what,
                            e,
                            "reading or writing failed: look at the disk and the system's log");
            case INTERRUPT, NOMEM -> unavailable(file, what, e, "try again later");
            case READONLY, PERM, AUTH ->
                    unavailable(
                            file,
                            what,
                            e,
                            "the file, its log or its directory became read-only: make all"
                                    + " writable, then calls succeed again");
            case CANTOPEN ->
                    unavailable(
                            file,
                            what,
                            e,
                            "the file can no longer be opened: put it and its directory back and"
                                    + " make both writable, then calls succeed again");
            case NOTADB ->
                    refused(file, what, e, "the file is not an SQLite database: name another");
            case CORRUPT -> refused(file, what, e, "the file is damaged: restore it from a backup");
            case CONSTRAINT ->
                    new MillraceException(
                            Code.STORE_REFUSED,
                            "%s on %s expected ids that were never used before, got one that was"
                                            .formatted(what, file)
                                    + " (%s); nothing was stored".formatted(e.getMessage()),
                            e);
            default -> refused(file, what, e, "this is unexpected");
        };
    }

    private static int primary(SQLException e) {
        return e.getErrorCode() & 0xff;
    }

    private static MillraceException unavailable(
            Path file, String what, SQLException e, String next) {
        return new MillraceException(Code.STORE_UNAVAILABLE, text(file, what, e, next), e);
    }

    private static MillraceException refused(Path file, String what, SQLException e, String next) {
        return new MillraceException(Code.STORE_REFUSED, text(file, what, e, next), e);
    }

    private static String text(Path file, String what, SQLException e, String next) {
        return "%s on %s failed: %s (%s)".formatted(what, file, next, e.getMessage());
    }
}
