package dev.millrace.store;

/**
 * An item about to enter a pipeline.
 *
 * @param batch what holds its jobs together; an item
 * @param first its first job, which names the batch
 */
public record NewItem(NewBatch batch, NewJob first) {}
