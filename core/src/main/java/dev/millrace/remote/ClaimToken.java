package dev.millrace.remote;

import dev.millrace.job.MillraceException;

/**
 * What a remote worker names with all it says of a job: the fence. Not a secret: it says by which
 * claim the job is held, not who may say so.
 *
 * @param worker the worker's id in the store
 * @param claim the claim that took the job
 */
public record ClaimToken(long worker, long claim) {
    private static final int LONGEST_PART = 19;

    /**
     * Reads a token.
     *
     * @throws MillraceException with {@code invalid-input} when it is none
     */
    public static ClaimToken parse(String text) {
        int dot = text.indexOf('.');
        if (dot < 1 || !isNumber(text.substring(0, dot)) || !isNumber(text.substring(dot + 1))) {
            throw MillraceException.invalid(
                    "a token must be the one that came with the job, such as 17.73014444033, got"
                            + " '%s'; nothing was done"
                                    .formatted(
                                            text.length() > 60
                                                    ? text.substring(0, 60) + "…"
                                                    : text));
        }
        try {
            return new ClaimToken(
                    Long.parseLong(text, 0, dot, 10),
                    Long.parseLong(text, dot + 1, text.length(), 10));
        } catch (NumberFormatException e) {
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "a token's numbers must have 64 bits; nothing was done",
                    e);
        }
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty()
                && text.length() <= LONGEST_PART
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** The form that {@link #parse} reads. */
    public String text() {
        return worker + "." + claim;
    }
}
