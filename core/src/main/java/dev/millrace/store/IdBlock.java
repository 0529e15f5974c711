package dev.millrace.store;

/**
 * A run of job ids that no one else will ever use.
 *
 * @param first the first id
 * @param count how many
 */
public record IdBlock(long first, int count) {}
