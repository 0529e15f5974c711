package dev.millrace.store;

/** What became of one reported ending, or of a report before it. */
public enum Recorded {
    /** Written now. */
    RECORDED,
    /** Written before by this same claim; the earlier answer was lost. */
    ALREADY,
    /** Refused: the claim was no longer held, another owns the job or it has ended. */
    LOST,
    /**
     * Not written yet, and nothing is lost: the handler has reported, or completed the job, in a
     * transaction of its own, which is still open. To be told again later.
     */
    BUSY
}
