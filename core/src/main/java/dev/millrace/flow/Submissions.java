package dev.millrace.flow;

import dev.millrace.job.MillraceException;
import dev.millrace.queue.Batches;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** How items enter pipelines. Thread-safe. */
public final class Submissions {
    private static final int CHUNK = 500;

    private final Batches batches;

    /** Submissions by this way in. */
    public Submissions(Batches batches) {
        this.batches = batches;
    }

    /**
     * What became of items.
     *
     * @param accepted items that entered
     * @param duplicates items whose key a live one had
     * @param refused items that can never enter: their key or size is not allowed
     */
    public record Receipt(long accepted, long duplicates, long refused) {}

    /** Hears of items that can never enter. */
    @FunctionalInterface
    public interface Refusals<I> {
        /** One was refused, and the others go on. */
        void refused(I item, MillraceException why);
    }

    /**
     * Has one item enter; durable when it returns.
     *
     * @return its number; 0 where a live item has its key
     * @throws MillraceException with {@code invalid-input} when it can never enter
     */
    public <I> long submit(Pipeline<I> pipeline, I item) {
        return batches.submit(pipeline.name(), List.of(pipeline.entering(item)), pipeline.join())
                .getFirst();
    }

    /**
     * Has a stream of items of any length enter, holding 500 at a time; each 500 enter for
     * themselves.
     *
     * @throws MillraceException with {@code store-unavailable}; those that entered before stay
     */
    public <I> Receipt submitAll(
            Pipeline<I> pipeline, Stream<? extends I> items, Refusals<? super I> refusals) {
        long accepted = 0;
        long duplicates = 0;
        long refused = 0;
        try (items) {
            Iterator<? extends I> each = items.iterator();
            while (each.hasNext()) {
                var chunk = new ArrayList<Batches.Item>();
                while (chunk.size() < CHUNK && each.hasNext()) {
                    I item = each.next();
                    try {
                        chunk.add(pipeline.entering(item));
                    } catch (MillraceException e) {
                        refused++;
                        refusals.refused(item, e);
                    }
                }
                for (long id : batches.submit(pipeline.name(), chunk, pipeline.join())) {
                    if (id == 0) {
                        duplicates++;
                    } else {
                        accepted++;
                    }
                }
            }
        }
        return new Receipt(accepted, duplicates, refused);
    }
}
