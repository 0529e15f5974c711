package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.JobOptionsEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** What is said of jobs, on SQLite. */
final class SqliteJobOptionsEngineTest extends JobOptionsEngineContract {
    @TempDir private Path directory;

    @Override
    protected JobStore openStore() {
        return reopen();
    }

    @Override
    protected JobStore reopen() {
        return SqliteStore.at(directory.resolve("jobs.db"));
    }
}
