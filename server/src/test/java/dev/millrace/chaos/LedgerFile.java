package dev.millrace.chaos;

import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a worker process says that it did, a line each, with the machine's monotonic time: {@link
 * System#nanoTime}, which is the same for all processes of a machine under Linux. A line is handed
 * to the operating system by one call before the work goes on, so a killed process leaves all its
 * lines and no half ones. Thread-safe.
 */
final class LedgerFile implements Closeable {
    private final FileOutputStream out;
    private final AtomicLong runs = new AtomicLong();

    LedgerFile(Path file) throws IOException {
        out = new FileOutputStream(file.toFile(), true);
    }

    long begin(long job, int attempt, long worker) {
        long run = runs.incrementAndGet();
        line("begin %d %d %d %d".formatted(run, job, attempt, worker));
        return run;
    }

    void note(long run, String what, Object value) {
        line("note %d %s %s".formatted(run, what, value));
    }

    void end(long run, Run.How how) {
        line("end %d %s".formatted(run, how));
    }

    synchronized void line(String text) {
        try {
            out.write((System.nanoTime() + " " + text + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
