package dev.millrace.processes;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A {@link WorkerProcess} as its parent sees it. */
final class Member implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Process process;
    private final PrintWriter commands;
    private final List<String> said = new ArrayList<>();

    Member(String url, Duration lease) throws IOException {
        this.process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                WorkerProcess.class.getName(),
                                url,
                                Long.toString(lease.toMillis()))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        this.commands = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread.ofVirtual().start(this::listen);
        await(line -> line.startsWith("ready "), 1);
    }

    private void listen() {
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (said) {
                    said.add(line);
                    said.notifyAll();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void command(String text) {
        commands.println(text);
    }

    /** What it said so far that fits. */
    List<String> said(Predicate<String> fits) {
        synchronized (said) {
            return said.stream().filter(fits).toList();
        }
    }

    /** Waits until it has said so many fitting lines; answers them. */
    List<String> await(Predicate<String> fits, int count) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        synchronized (said) {
            while (said.stream().filter(fits).count() < count) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new AssertionError(
                            "expected %d such lines, got %s".formatted(count, said));
                }
                try {
                    said.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted", e);
                }
            }
            return said.stream().filter(fits).toList();
        }
    }

    /** By its handle, which leaves what it said before to be read. */
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        process.waitFor();
    }

    void signal(String name) throws IOException, InterruptedException {
        int exit =
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor();
        if (exit != 0) {
            throw new AssertionError("kill -" + name + " answered " + exit);
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
