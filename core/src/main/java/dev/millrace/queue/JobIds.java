package dev.millrace.queue;

import dev.millrace.store.IdBlock;
import dev.millrace.store.JobStore;

/**
 * Job ids from blocks reserved ahead, so that an id is known before the job is sent. Blocks grow
 * from 32 to 8,192 with demand, so that a short-lived process wastes few. Thread-safe.
 */
final class JobIds {
    private static final int FIRST_BLOCK = 32;
    private static final int LARGEST_BLOCK = 8_192;

    private final JobStore store;
    private long next;
    private long end;
    private int blockSize = FIRST_BLOCK;

    JobIds(JobStore store) {
        this.store = store;
    }

    /** The next id; one in thousands costs a round trip under load. */
    synchronized long next() {
        if (next == end) {
            IdBlock block = store.reserveIds(blockSize);
            next = block.first();
            end = next + block.count();
            blockSize = Math.min(LARGEST_BLOCK, blockSize * 4);
        }
        return next++;
    }
}
