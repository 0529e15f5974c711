package dev.millrace.examples.source;

/**
 * A line of the ledger of a source: a page that it was asked for.
 *
 * @param after the number of the record before the page
 * @param outcome what became of it
 */
public record Asked(long after, Outcome outcome) {
    /** What became of a request. */
    public enum Outcome {
        /** Not answered yet, or the caller had gone. */
        OPEN,
        /** The whole page was sent. */
        WHOLE,
        /** Refused with status 500. */
        BROKEN,
        /** Refused with status 503. */
        DOWN,
        /** Refused with status 429. */
        TOO_MANY,
        /** Half of it was sent. */
        CUT,
        /** Nothing was sent. */
        STALLED
    }
}
