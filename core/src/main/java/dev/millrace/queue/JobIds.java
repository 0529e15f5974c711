package dev.millrace.queue;

import dev.millrace.job.MillraceException;
import dev.millrace.loop.Backoff;
import dev.millrace.store.IdBlock;
import dev.millrace.store.JobStore;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Job ids from blocks reserved ahead, so that an id is known before the job is sent. Blocks grow
 * from 32 to 8,192 with demand, so that a short-lived process wastes few; what is left of a block
 * after a minute is dropped, so that ids stay roughly in order of time. The next block is fetched
 * in the background when half of the present one is used. Thread-safe.
 */
final class JobIds {
    private static final int FIRST_BLOCK = 32;
    private static final int LARGEST_BLOCK = 8_192;
    private static final long OLD_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final JobStore store;
    private final Duration patience;
    private final RandomGenerator random;
    private final LongSupplier nanos;
    private long next;
    private long end;
    private long refillAt;
    private long takenNanos;
    private int blockSize = FIRST_BLOCK;
    private @Nullable Refill coming;
    private long refills;

    private record Block(IdBlock ids, long takenNanos) {}

    private record Refill(long number, CompletableFuture<Block> block) {}

    JobIds(JobStore store, Duration patience, RandomGenerator random) {
        this(store, patience, random, System::nanoTime);
    }

    /**
     * @param nanos the monotonic clock by which blocks grow old
     */
    JobIds(JobStore store, Duration patience, RandomGenerator random, LongSupplier nanos) {
        this.store = store;
        this.patience = patience;
        this.random = random;
        this.nanos = nanos;
    }

    /**
     * The next id. Waits for the store only when a whole block was used up faster than the next one
     * came; all waiting callers share one try.
     *
     * @throws MillraceException when the store did not answer within the patience
     */
    long next() {
        while (true) {
            Refill refill;
            synchronized (this) {
                if (next < end && nanos.getAsLong() - takenNanos < OLD_NANOS) {
                    if (next >= refillAt && coming == null) {
                        coming = fetch();
                    }
                    return next++;
                }
                if (coming == null || coming.block().isCompletedExceptionally()) {
                    // a try that failed in the background says nothing about the store now
                    coming = fetch();
                }
                refill = coming;
            }
            Block block = await(refill);
            synchronized (this) {
                if (coming != null && coming.number() == refill.number()) {
                    coming = null;
                    next = block.ids().first();
                    end = next + block.ids().count();
                    refillAt = next + block.ids().count() / 2;
                    takenNanos = block.takenNanos();
                    blockSize = Math.min(LARGEST_BLOCK, blockSize * 4);
                }
            }
        }
    }

    private Block await(Refill refill) {
        try {
            return refill.block().join();
        } catch (CompletionException e) {
            synchronized (this) {
                if (coming != null && coming.number() == refill.number()) {
                    coming = null;
                }
            }
            throw e.getCause() instanceof RuntimeException thrown ? thrown : e;
        }
    }

    private Refill fetch() {
        var result = new CompletableFuture<Block>();
        int size = blockSize;
        Thread.ofPlatform()
                .daemon()
                .name("millrace-ids")
                .start(() -> {
                    try {
                        result.complete(reserve(size));
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                });
        return new Refill(++refills, result);
    }

    private Block reserve(int size) throws InterruptedException {
        var backoff = new Backoff(Duration.ofMillis(20), Duration.ofSeconds(1), random);
        long giveUp = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                IdBlock ids = store.reserveIds(size);
                return new Block(ids, nanos.getAsLong());
            } catch (MillraceException e) {
                if (e.code() != MillraceException.Code.STORE_UNAVAILABLE
                        || System.nanoTime() - giveUp >= 0) {
                    throw e;
                }
                backoff.pause();
            }
        }
    }
}
