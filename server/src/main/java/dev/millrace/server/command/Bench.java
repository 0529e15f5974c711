package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.JobRequest;
import dev.millrace.job.Task;
import dev.millrace.store.JobStore;
import dev.millrace.store.PruneRules;

import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A few short measurements of one store with one process. Each enqueue waits for its own receipt;
 * the drain is timed from the worker's start until every ending is recorded.
 */
final class Bench {
    private static final int BULK = 20_000;
    private static final int WARM_UP = 500;
    private static final int PICKUPS = 100;
    private static final int PRUNED_AT_ONCE = 1_000;
    private static final long PICKUP_BOUND_SECONDS = 10;
    private static final long DRAIN_BOUND_NANOS = Duration.ofMinutes(2).toNanos();
    private static final long LOOK_NANOS = Duration.ofMillis(5).toNanos();
    private static final String QUEUE = "bench";
    private static final Task<Empty> NOOP = Task.named("bench.noop", Empty.class).queue(QUEUE);
    private static final Task<Empty> PICKUP = Task.named("bench.pickup", Empty.class).queue(QUEUE);

    private final Supplier<JobStore> stores;
    private final Clock clock;
    private final int seconds;
    private long waiting;

    /** The payload of every job here. */
    record Empty() {}

    /**
     * One figure.
     *
     * @param name what was measured
     * @param value how much
     * @param unit of what
     */
    record Measure(String name, double value, String unit) {
        /** For people. */
        Number rounded() {
            return value >= 100 ? (Number) Math.round(value) : Math.round(value * 100) / 100.0;
        }
    }

    Bench(Supplier<JobStore> stores, Clock clock, int seconds) {
        this.stores = stores;
        this.clock = clock;
        this.seconds = seconds;
    }

    /** Measures everything, telling each figure as it comes. */
    void run(Consumer<Measure> told) throws InterruptedException {
        try (var millrace = builder().start()) {
            waiting += millrace.enqueueAll(noops(WARM_UP));
            told.accept(new Measure("enqueue, 1 caller", enqueue(millrace, 1), "jobs/s"));
            told.accept(new Measure("enqueue, 16 callers", enqueue(millrace, 16), "jobs/s"));
            long began = System.nanoTime();
            waiting += millrace.enqueueAll(noops(BULK));
            told.accept(new Measure("enqueue, bulk", BULK / secondsSince(began), "jobs/s"));
        }
        var run = new LongAdder();
        BlockingQueue<Long> begun = new ArrayBlockingQueue<>(1);
        var worker =
                builder()
                        .handle(
                                NOOP,
                                (payload, job) -> {
                                    run.increment();
                                    return null;
                                })
                        .handle(
                                PICKUP,
                                (payload, job) -> {
                                    begun.add(System.nanoTime());
                                    return null;
                                });
        long began = System.nanoTime();
        try (var millrace = worker.start()) {
            awaitDrained(millrace, run, began);
            told.accept(new Measure("drain of no-ops", waiting / secondsSince(began), "jobs/s"));
            pickup(millrace, begun, told);
        }
    }

    /** Removes the jobs that were run, with their history. */
    void clear() {
        try (var store = stores.get()) {
            var rules = PruneRules.finishedBefore(clock.instant().plus(Duration.ofMinutes(1)));
            long after = 0;
            do {
                after = store.prune(rules, after, PRUNED_AT_ONCE);
            } while (after != 0);
        }
    }

    private MillraceBuilder builder() {
        return Millrace.builder().clock(clock).store(stores.get());
    }

    private static Stream<JobRequest<Empty>> noops(int count) {
        return Stream.generate(() -> NOOP.with(new Empty())).limit(count);
    }

    private double enqueue(Millrace millrace, int callers) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        Callable<Long> caller =
                () -> {
                    long done = 0;
                    while (System.nanoTime() - end < 0) {
                        millrace.enqueue(NOOP.with(new Empty()));
                        done++;
                    }
                    return done;
                };
        long began = System.nanoTime();
        long accepted = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Long> each :
                    threads.invokeAll(Stream.generate(() -> caller).limit(callers).toList())) {
                accepted += each.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("an enqueue failed", e.getCause());
        }
        waiting += accepted;
        return accepted / secondsSince(began);
    }

    private void awaitDrained(Millrace millrace, LongAdder run, long began) {
        while (run.sum() < waiting || left(millrace.store()) > 0) {
            if (System.nanoTime() - began > DRAIN_BOUND_NANOS) {
                throw new IllegalStateException(
                        "%d jobs should have been drained in 2 minutes, got %d"
                                .formatted(waiting, run.sum()));
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static long left(JobStore store) {
        return store.queues().stream()
                .filter(each -> each.queue().equals(QUEUE))
                .mapToLong(each -> (long) each.available() + each.running())
                .sum();
    }

    private static void pickup(Millrace millrace, BlockingQueue<Long> begun, Consumer<Measure> told)
            throws InterruptedException {
        double[] millis = new double[PICKUPS];
        for (int i = 0; i < PICKUPS; i++) {
            var job = millrace.enqueue(PICKUP.with(new Empty()));
            long receipt = System.nanoTime();
            Long first = begun.poll(PICKUP_BOUND_SECONDS, TimeUnit.SECONDS);
            if (first == null || job.await(Duration.ofSeconds(PICKUP_BOUND_SECONDS)).isEmpty()) {
                throw new IllegalStateException("an idle worker did not take a job within 10 s");
            }
            millis[i] = Math.max(0, first - receipt) / 1e6;
        }
        Arrays.sort(millis);
        told.accept(new Measure("pickup from receipt, median", millis[PICKUPS / 2], "ms"));
        told.accept(new Measure("pickup from receipt, p99", millis[PICKUPS - 2], "ms"));
    }

    private static double secondsSince(long beganNanos) {
        return (System.nanoTime() - beganNanos) / 1e9;
    }
}
