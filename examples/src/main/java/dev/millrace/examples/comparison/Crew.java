package dev.millrace.examples.comparison;

import dev.millrace.Millrace;
import dev.millrace.job.Task;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobStore;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A process that does many jobs at once: {@code Crew pool|virtual PORT AT_ONCE DIRECTORY}. It reads
 * {@code go JOBS} and {@code gc} by line and says {@code ready}, {@code done SECONDS FAILED} and
 * {@code clean}.
 */
final class Crew {
    private static final int WARM_UP = 200;
    private static final long PATIENCE_SECONDS = 170;

    private Crew() {}

    /** How a way does so many jobs; answers how many failed. */
    @FunctionalInterface
    private interface Work {
        int run(int jobs) throws Exception;
    }

    /**
     * Payload of the job.
     *
     * @param port of the server
     */
    record SendMail(int port) {}

    /** Works until standard input ends. */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[1]);
        int atOnce = Integer.parseInt(args[2]);
        if (args[0].equals("pool")) {
            pool(port, atOnce);
        } else {
            virtual(port, atOnce, Path.of(args[3]));
        }
    }

    private static void pool(int port, int atOnce) throws Exception {
        try (var few = Executors.newFixedThreadPool(16)) {
            send(few, port, WARM_UP);
        }
        try (var pool = Executors.newFixedThreadPool(atOnce)) {
            obey(jobs -> send(pool, port, jobs));
        }
    }

    private static int send(ExecutorService pool, int port, int jobs) throws InterruptedException {
        var failed = new AtomicInteger();
        var left = new CountDownLatch(jobs);
        for (int i = 0; i < jobs; i++) {
            pool.execute(() -> {
                try {
                    Dialogue.send(port);
                } catch (IOException e) {
                    System.err.println(e);
                    failed.incrementAndGet();
                } finally {
                    left.countDown();
                }
            });
        }
        if (!left.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    "expected every job to end within %d s, %d have not"
                            .formatted(PATIENCE_SECONDS, left.getCount()));
        }
        return failed.get();
    }

    /** Jobs are durable before the first one starts, and their ends too before they count. */
    private static void virtual(int port, int atOnce, Path directory) throws Exception {
        var task = Task.named("comparison.mail", SendMail.class);
        try (var millrace =
                Millrace.builder()
                        .store(SqliteStore.at(directory.resolve("jobs.db")))
                        .handle(
                                task,
                                (mail, job) -> {
                                    Dialogue.send(mail.port());
                                    return null;
                                })
                        .queue(Task.DEFAULT_QUEUE, atOnce)
                        .start()) {
            Work work =
                    jobs -> {
                        millrace.enqueueAll(
                                Stream.generate(() -> task.with(new SendMail(port))).limit(jobs));
                        return untilDone(millrace.store());
                    };
            work.run(WARM_UP);
            obey(work);
        }
    }

    private static int untilDone(JobStore store) throws InterruptedException {
        for (var queue = store.queues().getFirst();
                queue.available() + queue.scheduled() + queue.running() > 0;
                queue = store.queues().getFirst()) {
            boolean never = new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS);
            assert !never;
        }
        return store.queues().getFirst().discarded();
    }

    private static void obey(Work work) throws Exception {
        say("ready");
        var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = commands.readLine(); line != null; line = commands.readLine()) {
            if (line.equals("gc")) {
                System.gc();
                say("clean");
            } else {
                long start = System.nanoTime();
                int failed = work.run(Integer.parseInt(line.substring(3)));
                double seconds = (System.nanoTime() - start) / 1e9;
                say(String.format(Locale.ROOT, "done %f %d", seconds, failed));
            }
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
