package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.CountEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** What is counted, on SQLite. */
final class SqliteCountEngineTest extends CountEngineContract {
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
