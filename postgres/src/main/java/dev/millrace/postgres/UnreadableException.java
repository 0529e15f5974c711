package dev.millrace.postgres;

import dev.millrace.job.MillraceException;

/**
 * A stored value that does not mean what its column says: the row was damaged, or written by other
 * means than this engine.
 */
final class UnreadableException extends MillraceException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 200;

    /**
     * @param field the column, as in "tags"
     * @param expected what it must be
     * @param found what it is
     */
    UnreadableException(String field, String expected, Object found) {
        super(
                Code.STORE_REFUSED,
                "%s must be %s, got '%s': the row is damaged; mend it in the database"
                        .formatted(field, expected, shortened(String.valueOf(found))));
    }

    private static String shortened(String found) {
        return found.length() > SHOWN ? found.substring(0, SHOWN) + "…" : found;
    }
}
