package dev.millrace.store;

import dev.millrace.job.Names;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A batch about to be accepted, with the jobs that wait for it. Those stand among the scheduled
 * ones, due at {@link Ending.Next.Waiting#FOR_EVER}, and are made available by what they wait for.
 *
 * @param id from {@link JobStore#reserveIds}
 * @param parent the batch that it is a member of; 0 for none
 * @param name what people call it; of an item, its pipeline
 * @param key of an item, unique among the live ones of its pipeline; {@code null} for a batch that
 *     is no item
 * @param createdAt when it was accepted
 * @param onDone made available when no member is left that has not ended
 * @param onCompleted made available when all members have completed
 * @param onFailed made available when the first member was discarded, cancelled or expired
 * @param joins whether {@code onDone} becomes the last member when it is made available
 */
public record NewBatch(
        long id,
        long parent,
        String name,
        @Nullable String key,
        Instant createdAt,
        @Nullable NewJob onDone,
        @Nullable NewJob onCompleted,
        @Nullable NewJob onFailed,
        boolean joins) {

    /** Checks the names. */
    public NewBatch {
        Names.check("batch", name);
        if (key != null) {
            Names.check("item", key);
        }
    }

    /** A batch that nothing waits for. */
    public static NewBatch plain(long id, String name, Instant createdAt) {
        return new NewBatch(id, 0, name, null, createdAt, null, null, null, false);
    }

    /** An item of a pipeline. */
    public static NewBatch item(long id, String pipeline, String key, Instant createdAt) {
        return new NewBatch(id, 0, pipeline, key, createdAt, null, null, null, false);
    }

    /** Whether it is an item of a pipeline, which takes no members from outside. */
    public boolean isItem() {
        return key != null;
    }

    /** The jobs that wait for it. */
    public Stream<NewJob> callbacks() {
        return Stream.of(onDone, onCompleted, onFailed).filter(Objects::nonNull);
    }
}
