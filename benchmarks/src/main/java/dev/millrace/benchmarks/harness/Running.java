package dev.millrace.benchmarks.harness;

/** A worker at work; closing it stops it, waiting only for what is already running. */
@FunctionalInterface
public interface Running extends AutoCloseable {
    @Override
    void close();
}
