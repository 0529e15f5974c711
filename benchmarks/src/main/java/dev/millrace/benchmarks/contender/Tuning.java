package dev.millrace.benchmarks.contender;

/** With which settings a job system takes part. */
public enum Tuning {
    /** The best its documentation and its authors' own benchmark name. */
    BEST,
    /** Better ones found here by trying sizes of pools and batches. */
    TRIED,
    /** What it does when nothing is set; takes part where that is the question. */
    DEFAULT
}
