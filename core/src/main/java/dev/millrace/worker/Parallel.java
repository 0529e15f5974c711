package dev.millrace.worker;

import dev.millrace.job.JobContext.Each;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Suspension;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Does the same to many items, so many at a time, each on a virtual thread. The first failure
 * interrupts the others; all threads have ended before it returns. Used once.
 */
final class Parallel<T, R> {
    private static final int MOST = 10_000;

    private final int most;
    private final Each<? super T, R> each;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Parallel(int most, Each<? super T, R> each) {
        if (most < 1 || most > MOST) {
            throw MillraceException.invalid(
                    "items at a time must be 1 to %d, got %d; nothing was begun"
                            .formatted(MOST, most));
        }
        this.most = most;
        this.each = each;
    }

    @SuppressWarnings("unchecked")
    List<R> run(Collection<T> collection) throws Exception {
        var items = new ArrayList<T>(collection);
        var results = new Object[items.size()];
        int width = Math.min(most, items.size());
        var running = new CountDownLatch(width);
        var threads = new ArrayList<Thread>(width);
        for (int i = 0; i < width; i++) {
            threads.add(
                    Thread.ofVirtual()
                            .unstarted(() -> {
                                try {
                                    work(items, results, threads);
                                } finally {
                                    running.countDown();
                                }
                            }));
        }
        threads.forEach(Thread::start);
        boolean interrupted = await(running, threads);
        if (interrupted && !(failure.get() instanceof InterruptedException)) {
            Thread.currentThread().interrupt();
        }
        switch (failure.get()) {
            case null -> {}
            case Exception e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
        return (List<R>) Collections.unmodifiableList(Arrays.asList(results));
    }

    private void work(List<T> items, @Nullable Object[] results, List<Thread> threads) {
        for (int i = next.getAndIncrement();
                i < items.size() && failure.get() == null;
                i = next.getAndIncrement()) {
            try {
                results[i] = each.apply(items.get(i));
            } catch (Throwable e) {
                // a job that yields or waits lets the items in hand come to their ends
                if (failure.compareAndSet(null, e) && !(e instanceof Suspension)) {
                    threads.forEach(Thread::interrupt);
                }
            }
        }
    }

    /**
     * An interrupt of the handler ends all items; it waits for them all the same. Answers whether
     * there was one.
     */
    private boolean await(CountDownLatch running, List<Thread> threads) {
        boolean interrupted = false;
        while (true) {
            try {
                running.await();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
                failure.compareAndSet(null, e);
                threads.forEach(Thread::interrupt);
            }
        }
    }
}
