package dev.millrace.benchmarks.harness;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/**
 * A worker in a process of its own with {@code -Xmx512m}. It reports the start of each job with the
 * reading of the system's monotonic clock, which {@link System#nanoTime} reads in every process of
 * a Linux machine alike. It ends when this process does.
 */
public final class Child implements AutoCloseable {
    /** The heap of every child. */
    public static final String HEAP = "-Xmx512m";

    private final Process process;
    private final BufferedWriter commands;
    private final Map<Long, Long> startedNanos = new ConcurrentHashMap<>();
    private final SynchronousQueue<String> answers = new SynchronousQueue<>();

    /**
     * How far a child is.
     *
     * @param started jobs whose body began
     * @param ended jobs whose body ended
     * @param firstNanos when the first began
     * @param lastNanos when the latest ended
     */
    public record Progress(long started, long ended, long firstNanos, long lastNanos) {}

    private Child(Process process) {
        this.process = process;
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
    }

    static Child start(String main, String contender, Place place, int slots, String body)
            throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command =
                List.of(
                        java,
                        HEAP,
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main,
                        contender,
                        place.engine().name(),
                        place.target(),
                        Integer.toString(slots),
                        body);
        var process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        var child = new Child(process);
        Thread.ofPlatform().daemon().name("child-output").start(child::listen);
        child.answer("ready", Duration.ofSeconds(60));
        return child;
    }

    /** When each job started, by its number; grows while the child runs. */
    public Map<Long, Long> startedNanos() {
        return startedNanos;
    }

    /** Asks the child how far it is. */
    public Progress progress() throws IOException {
        commands.write("progress\n");
        commands.flush();
        var fields = answer("progress", Duration.ofSeconds(60)).split(" ", -1);
        return new Progress(
                Long.parseLong(fields[1]),
                Long.parseLong(fields[2]),
                Long.parseLong(fields[3]),
                Long.parseLong(fields[4]));
    }

    /** Resident memory in bytes. */
    public long residentBytes() throws IOException {
        var status = Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"));
        return status.stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the child process has ended"));
    }

    /** Processor time in microseconds. */
    public long cpuMicros() {
        return ServerCpu.micros(process.pid());
    }

    /** Ends it as {@code kill -9} does, and returns when it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Stops it, by force after ten seconds. */
    @Override
    public void close() throws IOException {
        if (process.isAlive()) {
            try {
                commands.write("stop\n");
                commands.flush();
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    kill();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }

    private void listen() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("started ")) {
                    var fields = line.split(" ", -1);
                    startedNanos.putIfAbsent(Long.parseLong(fields[1]), Long.parseLong(fields[2]));
                } else {
                    answers.put(line);
                }
            }
        } catch (IOException e) {
            // The pipe of a killed child ends this way; whoever waits for an answer times out.
            startedNanos.size();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String answer(String expected, Duration limit) {
        var deadline = System.nanoTime() + limit.toNanos();
        try {
            while (System.nanoTime() < deadline) {
                var line = answers.poll(100, TimeUnit.MILLISECONDS);
                if (line != null && line.startsWith(expected)) {
                    return line;
                }
                if (line == null && !process.isAlive()) {
                    throw new IllegalStateException(
                            "the child process ended with code " + process.exitValue());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a child was asked", e);
        }
        throw new IllegalStateException(
                "expected '" + expected + "' from a child within " + limit + ", got nothing");
    }
}
