package dev.millrace.store;

/**
 * What one step of settling batches came to.
 *
 * @param counted rows of counts that were added up; as many as asked for when there may be more
 * @param ended batches that ended
 * @param released jobs made available that had waited for a batch
 */
public record BatchStep(int counted, int ended, int released) {}
