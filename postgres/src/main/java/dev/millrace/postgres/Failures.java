package dev.millrace.postgres;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;

import java.sql.SQLException;

/** What a failed statement means to the caller. */
final class Failures {
    private Failures() {}

    /**
     * Whether nothing was done and another try is enough: two transactions got in each other's way,
     * or a pooler changed sessions and the new one does not know the prepared statement.
     */
    static boolean isCollision(SQLException e) {
        return switch (state(e)) {
            case "40P01", "40001", "26000" -> true;
            default -> false;
        };
    }

    /** Whether a statement gave up waiting for another transaction's lock. */
    static boolean isLocked(MillraceException e) {
        return e.getCause() instanceof SQLException cause && state(cause).equals("55P03");
    }

    /**
     * The failure as Millrace reports it.
     *
     * @param what was being done
     */
    static MillraceException of(String what, SQLException e) {
        String state = state(e);
        Code code = code(state);
        return new MillraceException(
                code,
                "%s: PostgreSQL answered %s: %s; %s"
                        .formatted(
                                what,
                                state.isEmpty() ? "nothing" : state,
                                firstLine(e),
                                advice(code, state)),
                e);
    }

    private static Code code(String state) {
        return switch (state) {
            case "42P01", "3F000", "42703", "42883" -> Code.SCHEMA_MISMATCH;
            case "42501", "57P04" -> Code.STORE_REFUSED;
            case "", "25006", "26000", "40001", "40P01", "42P05", "55P03", "58030" ->
                    Code.STORE_UNAVAILABLE;
            default ->
                    switch (state.substring(0, 2)) {
                        case "08", "53", "57" -> Code.STORE_UNAVAILABLE;
                        // what was sent can never be stored, whatever the state of the server
                        case "22", "23", "54" -> Code.INVALID_INPUT;
                        default -> Code.STORE_REFUSED;
                    };
        };
    }

    private static String advice(Code code, String state) {
        return switch (state) {
            case "42P01", "3F000", "42703", "42883" ->
                    "the schema is missing or older than this program: run 'millrace migrate'";
            case "53100" -> "the server's disk is full: free space, then try again";
            case "25006" ->
                    "the server is read-only: if it stays so it is a standby; connect to the"
                            + " primary";
            case "26000", "42P05" ->
                    "a pooler mixes up prepared statements: set prepareThreshold=0 for connections"
                            + " through it";
            case "57014" -> "the statement was cancelled, perhaps by its time limit; try again";
            case "58030" -> "the server could not read or write its files: look at its log";
            case "42501" -> "the database user lacks a right: grant it and try again";
            case "28P01", "28000" -> "check user and password";
            case "3D000" -> "create the database or name another";
            case "23505" -> "job ids must be fresh; nothing was accepted";
            default ->
                    code == Code.STORE_UNAVAILABLE
                            ? "another try may succeed"
                            : "another try will not help";
        };
    }

    /** A pool's own exception may hide the driver's behind it. */
    private static String state(SQLException e) {
        for (Throwable at = e; at != null; at = at.getCause()) {
            if (at instanceof SQLException sql
                    && sql.getSQLState() != null
                    && sql.getSQLState().length() == 5) {
                return sql.getSQLState();
            }
        }
        return "";
    }

    private static String firstLine(SQLException e) {
        String text = String.valueOf(e.getMessage());
        if (e.getCause() instanceof SQLException cause) {
            text += " (" + cause.getMessage() + ")";
        }
        String line = text.lines().findFirst().orElse("no detail");
        return line.length() > 500 ? line.substring(0, 500) + "…" : line;
    }
}
