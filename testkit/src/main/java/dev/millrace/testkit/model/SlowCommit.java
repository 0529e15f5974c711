package dev.millrace.testkit.model;

import dev.millrace.store.NewJob;

/** A store whose enqueue draws a job's place first and shows the job later. */
public interface SlowCommit {
    /** Draws the places of a job; nobody sees it yet. */
    void begin(NewJob job);

    /** Shows the job in the place drawn for it. */
    void commit(long jobId);
}
