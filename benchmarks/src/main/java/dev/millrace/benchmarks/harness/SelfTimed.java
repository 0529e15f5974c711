package dev.millrace.benchmarks.harness;

import java.time.Duration;

/** A contender that is a program of its own and tells its rate itself. */
public interface SelfTimed extends Contender {
    /** Durable single inserts per second from {@code callers} connections. */
    double enqueueRate(Place place, int callers, Duration duration) throws Exception;
}
