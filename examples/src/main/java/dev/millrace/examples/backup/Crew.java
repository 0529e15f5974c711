package dev.millrace.examples.backup;

import dev.millrace.examples.stage.Jvm;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Worker processes, so many at any time: for one that is killed another is started. For one thread.
 */
final class Crew implements AutoCloseable {
    private static final int MOST_SIGNS = 10_000;

    private final String store;
    private final BlockingQueue<Sign> signs = new LinkedBlockingQueue<>(MOST_SIGNS);
    private final List<Process> workers = new ArrayList<>();

    /**
     * What a worker said.
     *
     * @param worker which
     * @param kind of the job it runs
     * @param page that it has written
     */
    record Sign(Process worker, String kind, long page) {}

    Crew(String store, int size) throws IOException {
        this.store = store;
        for (int i = 0; i < size; i++) {
            start();
        }
    }

    private void start() throws IOException {
        var options =
                List.of(
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
        var process = Jvm.start(options, BackupWorker.class, store);
        workers.add(process);
        Thread.ofVirtual().name("worker-" + process.pid()).start(() -> listen(process));
    }

    private void listen(Process process) {
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", 2);
                signs.put(new Sign(process, words[0], Long.parseLong(words[1])));
            }
        } catch (IOException e) {
            if (process.isAlive()) {
                throw new UncheckedIOException(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next sign of a worker that lives, if one comes in time. */
    @Nullable Sign next(Duration patience) throws InterruptedException {
        var sign = signs.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        return sign == null || sign.worker().isAlive() ? sign : null;
    }

    /** Kills a worker as {@code kill -9} does, and starts another. */
    void kill(Process worker) throws IOException, InterruptedException {
        worker.destroyForcibly().waitFor();
        workers.remove(worker);
        start();
    }

    /** How many live. */
    long living() {
        return workers.stream().filter(Process::isAlive).count();
    }

    @Override
    public void close() throws IOException {
        for (var worker : workers) {
            worker.getOutputStream().close();
        }
        for (var worker : workers) {
            try {
                if (!worker.waitFor(30, TimeUnit.SECONDS)) {
                    worker.destroyForcibly();
                }
            } catch (InterruptedException e) {
                worker.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
