package dev.millrace.benchmarks.harness;

/** The database a contender keeps its jobs in. */
public enum Engine {
    POSTGRES,
    SQLITE
}
