package dev.millrace.chaos;

import java.util.List;

/**
 * One call of a handler, as the process that made it wrote it down.
 *
 * @param process which worker process
 * @param number counted in that process
 * @param job the job
 * @param attempt the attempt it was told
 * @param worker the worker's id in the store when it began
 * @param begin monotonic nanoseconds
 * @param end likewise; of a run cut off by its process's death, when that was ordered
 * @param how it ended
 * @param notes what it did, in order
 */
record Run(
        String process,
        long number,
        long job,
        int attempt,
        long worker,
        long begin,
        long end,
        How how,
        List<Note> notes) {
    /** The cursor that an attempt began with. */
    static final String RESUMED = "resumed";

    /** A checkpoint that is known to have been kept. */
    static final String MARK = "mark";

    /** A page that was begun. */
    static final String PAGE = "page";

    /** The body of a step was begun. */
    static final String BODY = "body";

    /** A step answered. */
    static final String STEPPED = "stepped";

    enum How {
        DONE,
        SUSPENDED,
        THREW,
        /** Its process died, or it had not ended when the ledger was read. */
        CUT
    }

    record Note(long nanos, String what, String value) {
        int number() {
            return Integer.parseInt(value);
        }
    }

    Run {
        notes = List.copyOf(notes);
    }

    List<Note> notes(String what) {
        return notes.stream().filter(note -> note.what().equals(what)).toList();
    }
}
