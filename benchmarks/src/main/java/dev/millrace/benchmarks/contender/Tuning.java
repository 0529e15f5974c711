package dev.millrace.benchmarks.contender;

/** With which settings a job system takes part. */
public enum Tuning {
    /** The best its documentation offers for what is measured. */
    BEST,
    /** What it does when nothing is set; takes part where that is the question. */
    DEFAULT
}
