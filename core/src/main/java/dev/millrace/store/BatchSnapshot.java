package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A batch as it stands.
 *
 * @param id its number, of the same row as those of jobs
 * @param parent the batch that it is a member of; 0 for none
 * @param name what people call it; of an item, its pipeline
 * @param key of an item; {@code null} for a batch that is no item
 * @param state where it stands
 * @param cancelling whether somebody cancelled it and members are being ended
 * @param createdAt when it was accepted
 * @param endedAt when the last member had ended
 * @param added members in all
 * @param completed members that completed
 * @param failed members that were discarded
 * @param cancelled members that were cancelled or expired
 * @param onDone the job that waits for all to end; 0 for none
 * @param onCompleted the job that waits for all to complete; 0 for none
 * @param onFailed the job that waits for the first not to complete; 0 for none
 */
public record BatchSnapshot(
        long id,
        long parent,
        String name,
        @Nullable String key,
        BatchState state,
        boolean cancelling,
        Instant createdAt,
        @Nullable Instant endedAt,
        long added,
        long completed,
        long failed,
        long cancelled,
        long onDone,
        long onCompleted,
        long onFailed) {

    /** Members that have not ended. */
    public long open() {
        return Math.max(0, added - completed - failed - cancelled);
    }
}
