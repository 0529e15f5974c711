package dev.millrace.processes;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Several processes on one SQLite file. */
final class SqliteProcessTest extends ProcessContract {
    @TempDir private Path directory;

    @Override
    String url() {
        return "sqlite:" + directory.resolve("jobs.db");
    }
}
