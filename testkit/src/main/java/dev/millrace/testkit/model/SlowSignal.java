package dev.millrace.testkit.model;

/** A store that looks whether a job waits for a signal before it keeps the signal. */
public interface SlowSignal {
    /** Looks. */
    void beginSignal(long jobId, String name);

    /** Keeps the signal, and wakes the job if it was seen to wait. */
    void commitSignal();

    /** Whether a signal was begun and not committed. */
    boolean isSignalling();
}
