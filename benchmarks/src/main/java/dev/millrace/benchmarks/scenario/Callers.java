package dev.millrace.benchmarks.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;

/** Threads that make one call after another for a time. */
final class Callers {
    /** More than a thread can call in a run; 256 threads stay below a thousand million. */
    private static final long NUMBERS_PER_THREAD = 1_000_000;

    /** What one thread calls; called with numbers no other thread uses. */
    @FunctionalInterface
    interface Call {
        void make(long number) throws Exception;
    }

    /**
     * @param calls how many calls returned
     * @param nanos how long each took
     */
    record Result(long calls, long[] nanos) {}

    private Callers() {}

    /** Runs {@code threads} threads; a call begun in time is waited for and counted. */
    static Result run(int threads, Duration duration, Call call, long firstNumber)
            throws Exception {
        return run(Thread.ofPlatform().factory(), threads, duration, call, firstNumber);
    }

    /** The same on threads of this kind. */
    static Result run(
            ThreadFactory kind, int threads, Duration duration, Call call, long firstNumber)
            throws Exception {
        var ready = new CountDownLatch(threads);
        var go = new CountDownLatch(1);
        var times = new ArrayList<Future<long[]>>();
        try (var pool = Executors.newFixedThreadPool(threads, kind)) {
            for (int i = 0; i < threads; i++) {
                long from = firstNumber + i * NUMBERS_PER_THREAD;
                times.add(
                        pool.submit(() -> {
                            ready.countDown();
                            go.await();
                            return loop(from, duration, call);
                        }));
            }
            ready.await();
            go.countDown();
            var all = new ArrayList<long[]>();
            for (var time : times) {
                all.add(time.get());
            }
            var nanos = all.stream().flatMapToLong(Arrays::stream).toArray();
            return new Result(nanos.length, nanos);
        }
    }

    private static long[] loop(long from, Duration duration, Call call) throws Exception {
        var nanos = new long[1024];
        int calls = 0;
        var now = System.nanoTime();
        var end = now + duration.toNanos();
        while (now < end) {
            call.make(from + calls);
            var after = System.nanoTime();
            if (calls == nanos.length) {
                nanos = Arrays.copyOf(nanos, calls * 2);
            }
            nanos[calls++] = after - now;
            now = after;
        }
        return Arrays.copyOf(nanos, calls);
    }
}
