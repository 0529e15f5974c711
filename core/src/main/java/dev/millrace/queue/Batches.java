package dev.millrace.queue;

import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.store.BatchStore;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewBatch;
import dev.millrace.store.NewItem;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The way in for jobs that belong together. Thread-safe. When the store's answer is lost the very
 * same rows are sent again; their ids make that safe.
 */
public final class Batches {
    /** Of so many characters in payloads on, nothing more is sent at once. */
    public static final long MOST_CHARS = Appender.MAX_BATCH_CHARS;

    private static final int CHUNK = 1_000;

    private final JobStore store;
    private final Encoder encoder;
    private final Appender appender;
    private final Consumer<NewJob> told;

    Batches(JobStore store, Encoder encoder, Appender appender, Consumer<NewJob> told) {
        this.store = store;
        this.encoder = encoder;
        this.appender = appender;
        this.told = told;
    }

    BatchStore store() {
        return store.batches();
    }

    /** A handle on a batch made earlier or elsewhere; whether it exists is not checked. */
    public Batch batch(long id) {
        return new Batch(id, this);
    }

    /** Makes a batch, has it filled and closes it; cancels it when filling fails. */
    public Batch make(String name, Batch.Filling filling, BatchCallback... callbacks)
            throws InterruptedException {
        return make(0, name, filling, callbacks);
    }

    Batch make(long parent, String name, Batch.Filling filling, BatchCallback... callbacks)
            throws InterruptedException {
        Batch batch = open(parent, name, callbacks);
        boolean filled = false;
        try {
            filling.fill(batch);
            filled = true;
        } finally {
            if (!filled) {
                batch.cancel();
            }
        }
        batch.close();
        return batch;
    }

    /** Makes a batch that stays open until it is closed. */
    public Batch open(String name, BatchCallback... callbacks) {
        return open(0, name, callbacks);
    }

    private Batch open(long parent, String name, BatchCallback... callbacks) {
        Map<BatchCallback.When, NewJob> jobs = new EnumMap<>(BatchCallback.When.class);
        long id = encoder.nextId();
        for (BatchCallback callback : callbacks) {
            NewJob job = encoder.encode(waiting(callback.request()));
            if (job.isKeyed() || jobs.put(callback.when(), job) != null) {
                throw MillraceException.invalid(
                        ("a batch takes one job of each kind to wait for it, without keys, got"
                                        + " another (batch '%s', %s); nothing was accepted")
                                .formatted(name, callback.when()));
            }
        }
        var made =
                new NewBatch(
                        id,
                        parent,
                        name,
                        null,
                        encoder.now(),
                        jobs.get(BatchCallback.When.DONE),
                        jobs.get(BatchCallback.When.COMPLETED),
                        jobs.get(BatchCallback.When.FAILED),
                        false);
        appender.sent(resend -> {
            store().create(made, resend);
            return made;
        });
        made.callbacks().forEach(told);
        return new Batch(id, this);
    }

    private static JobRequest<?> waiting(JobRequest<?> request) {
        if (!(request.start() instanceof JobRequest.Start.Now)
                || request.options().expiry() != null) {
            throw MillraceException.invalid(
                    ("a job that waits for a batch has no start and no time to live of its own, got"
                                    + " one of kind '%s' that has; nothing was accepted")
                            .formatted(request.task().kind()));
        }
        return request.runAt(Ending.Next.Waiting.FOR_EVER);
    }

    /** What was added. */
    record Added(long count, long last) {}

    Added add(long batchId, Iterator<? extends JobRequest<?>> requests) {
        long count = 0;
        long last = 0;
        while (requests.hasNext()) {
            var chunk = new ArrayList<NewJob>();
            long chars = 0;
            while (chunk.size() < CHUNK && chars < MOST_CHARS && requests.hasNext()) {
                NewJob job = encoder.encode(requests.next()).inBatch(batchId);
                chars += job.payload().length();
                chunk.add(job);
            }
            appender.sent(resend -> {
                store().add(batchId, chunk, resend);
                return chunk;
            });
            chunk.forEach(told);
            count += chunk.size();
            last = chunk.getLast().id();
        }
        return new Added(count, last);
    }

    /**
     * An item about to enter a pipeline.
     *
     * @param key unique among the live items of its pipeline
     * @param first its first job, without keys
     */
    public record Item(String key, JobRequest<?> first) {}

    /** Makes the job that gathers the results of an item's others; it is given the batch's id. */
    @FunctionalInterface
    public interface Join {
        /** The request. */
        JobRequest<?> of(long batchId);
    }

    /**
     * An item as it is sent.
     *
     * @param join what is to run last, once nothing else of the item is left; {@code null} for none
     * @throws MillraceException with {@code invalid-input} when it can never be accepted
     */
    public NewItem encode(String pipeline, Item item, @Nullable Join join) {
        long id = encoder.nextId();
        NewJob last = join == null ? null : encoder.encode(waiting(join.of(id))).inBatch(id);
        var batch =
                new NewBatch(
                        id, 0, pipeline, item.key(), encoder.now(), last, null, null, join != null);
        return new NewItem(batch, encoder.encode(item.first()).inBatch(id));
    }

    /**
     * Accepts items with their first jobs in one transaction.
     *
     * @param items at most 1,000, by {@link #encode}
     * @return for each its batch's id; 0 where a live item of the pipeline has its key
     */
    public List<Long> submit(List<NewItem> items) {
        List<Boolean> accepted = appender.sent(resend -> store().submit(items, resend));
        var ids = new ArrayList<Long>();
        for (int i = 0; i < items.size(); i++) {
            NewItem item = items.get(i);
            ids.add(accepted.get(i) ? item.batch().id() : 0L);
            if (accepted.get(i)) {
                told.accept(item.first());
                item.batch().callbacks().forEach(told);
            }
        }
        return ids;
    }
}
