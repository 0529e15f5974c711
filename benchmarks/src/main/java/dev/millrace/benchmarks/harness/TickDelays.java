package dev.millrace.benchmarks.harness;

/**
 * How late ticks were, in nanoseconds after their moments, in no order.
 *
 * @param made when their jobs were made, which is just before the commit that accepts them
 * @param started when their jobs started to run
 */
@SuppressWarnings("ArrayRecordComponent") // carries figures, is never compared
public record TickDelays(long[] made, long[] started) {}
