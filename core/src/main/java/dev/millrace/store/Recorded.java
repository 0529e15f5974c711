package dev.millrace.store;

/** What became of one reported ending. */
public enum Recorded {
    /** Written now. */
    RECORDED,
    /** Written before by this same claim; the earlier answer was lost. */
    ALREADY,
    /** Refused: the claim was no longer held, another owns the job or it has ended. */
    LOST
}
