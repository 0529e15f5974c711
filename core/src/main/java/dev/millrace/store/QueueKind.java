package dev.millrace.store;

/**
 * A kind of job that a queue has or had.
 *
 * @param queue where
 * @param kind what it does
 * @param version of the payload's shape
 */
public record QueueKind(String queue, String kind, int version) {}
