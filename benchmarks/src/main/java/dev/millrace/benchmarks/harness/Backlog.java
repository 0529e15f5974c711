package dev.millrace.benchmarks.harness;

/** Jobs that lie in the store while others are drained. */
public enum Backlog {
    /** Due a day from now or later. */
    FUTURE,
    /** Completed and kept. */
    KEPT,
    /** Due now, in a queue that no worker takes. */
    OTHER_QUEUE
}
