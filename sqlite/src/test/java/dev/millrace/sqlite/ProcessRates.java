package dev.millrace.sqlite;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/** Prints what other processes cost and how soon they are seen. {@code ProcessRates DIRECTORY}. */
final class ProcessRates {
    private ProcessRates() {}

    public static void main(String[] args) throws Exception {
        var file = Files.createTempDirectory(Path.of(args[0]), "processes").resolve("jobs.db");
        try (var store = SqliteStore.at(file);
                var other = OtherProcess.start(file)) {
            var woken = new Semaphore(0);
            try (var listening = store.signals().onWork(woken::release)) {
                looks(store);
                idle();
                var seen = new long[200];
                for (int i = 0; i < seen.length; i++) {
                    LockSupport.parkNanos(3_000_000);
                    other.ask("enqueue");
                    long since = System.nanoTime();
                    woken.acquire();
                    seen[i] = System.nanoTime() - since;
                }
                print("receipt elsewhere to wake-up", seen);
                for (int i = 0; i < seen.length; i++) {
                    var jobs = OtherProcess.jobs(store, 1);
                    woken.drainPermits();
                    store.enqueue(jobs, false);
                    long since = System.nanoTime();
                    woken.acquire();
                    seen[i] = System.nanoTime() - since;
                }
                print("receipt here to wake-up", seen);
            }
            other.tell("flood");
            LockSupport.parkNanos(500_000_000);
            var waits = new long[100];
            for (int i = 0; i < waits.length; i++) {
                var jobs = OtherProcess.jobs(store, 1);
                long since = System.nanoTime();
                store.enqueue(jobs, false);
                waits[i] = System.nanoTime() - since;
            }
            print("enqueue beside a flood", waits);
        }
    }

    private static void looks(SqliteStore store) {
        for (int round = 0; round < 3; round++) {
            long since = System.nanoTime();
            for (int i = 0; i < 10_000; i++) {
                store.writer().workFromElsewhere();
            }
            System.out.printf("a look: %.1f us%n", (System.nanoTime() - since) / 1e3 / 10_000);
        }
    }

    private static void idle() {
        var threads = ManagementFactory.getThreadMXBean();
        LockSupport.parkNanos(20_000_000_000L);
        long before = cpu(threads);
        long since = System.nanoTime();
        LockSupport.parkNanos(5_000_000_000L);
        System.out.printf(
                "idle watch: %.2f %% of a core%n",
                100.0 * (cpu(threads) - before) / (System.nanoTime() - since));
    }

    private static long cpu(java.lang.management.ThreadMXBean threads) {
        return Arrays.stream(threads.dumpAllThreads(false, false))
                .filter(t -> t.getThreadName().startsWith("millrace"))
                .mapToLong(t -> threads.getThreadCpuTime(t.getThreadId()))
                .sum();
    }

    private static void print(String what, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                "%-30s p50 %.2f ms, p99 %.2f ms, max %.2f ms%n",
                what,
                nanos[nanos.length / 2] / 1e6,
                nanos[nanos.length * 99 / 100] / 1e6,
                nanos[nanos.length - 1] / 1e6);
    }
}
