package dev.millrace.examples.shop;

import dev.millrace.examples.stage.Jvm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The shop's processes in a rush: one web tier, and workers as they are asked for. One thread. */
final class Processes implements AutoCloseable {
    private static final List<String> JVM =
            List.of(
                    "-Xmx96m",
                    "-XX:TieredStopAtLevel=1",
                    "-Dsun.net.httpserver.nodelay=true",
                    "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");

    private static final long PATIENCE_SECONDS = 40;

    private final Options options;
    private final List<Process> all = new ArrayList<>();
    private final int port;
    private int workers;

    Processes(Options options) throws IOException {
        this.options = options;
        String address = start("web");
        this.port = Integer.parseInt(address.replaceAll("http://127.0.0.1:([0-9]+)/", "$1"));
    }

    /** Where the page is. */
    int port() {
        return port;
    }

    /** How many workers were started. */
    int workers() {
        return workers;
    }

    /** One worker more. */
    void hire() throws IOException {
        start("worker");
        workers++;
    }

    private String start(String role) throws IOException {
        var process = Jvm.start(JVM, Main.class, options.words(role).toArray(String[]::new));
        all.add(process);
        String said = process.inputReader(StandardCharsets.UTF_8).readLine();
        if (said == null) {
            throw new IOException("expected the %s to say that it is there".formatted(role));
        }
        return said;
    }

    /** Tells them to drain and end, and waits until they have. */
    @Override
    public void close() {
        all.forEach(Process::destroy);
        try {
            for (var process : all) {
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            }
        } catch (InterruptedException e) {
            all.forEach(Process::destroyForcibly);
            Thread.currentThread().interrupt();
        }
    }
}
