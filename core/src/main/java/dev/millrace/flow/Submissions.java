package dev.millrace.flow;

import dev.millrace.job.MillraceException;
import dev.millrace.queue.Batches;
import dev.millrace.store.NewItem;

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
     * @param refused items that can never enter: their key or size is not allowed, or the code that
     *     reads their keys fails
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
        return batches.submit(List.of(entering(pipeline, item))).getFirst();
    }

    private <I> NewItem entering(Pipeline<I> pipeline, I item) {
        return batches.encode(pipeline.name(), pipeline.entering(item), pipeline.join());
    }

    /**
     * Has a stream of items of any length enter, holding 500 at a time, fewer of large ones; each
     * such chunk enters for itself.
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
                var chunk = new ArrayList<NewItem>();
                long chars = 0;
                while (chunk.size() < CHUNK && chars < Batches.MOST_CHARS && each.hasNext()) {
                    I item = each.next();
                    try {
                        NewItem entering = entering(pipeline, item);
                        chunk.add(entering);
                        chars += entering.first().payload().length();
                    } catch (MillraceException e) {
                        if (e.code() != MillraceException.Code.INVALID_INPUT) {
                            throw e;
                        }
                        refused++;
                        refusals.refused(item, e);
                    }
                }
                for (long id : batches.submit(chunk)) {
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
