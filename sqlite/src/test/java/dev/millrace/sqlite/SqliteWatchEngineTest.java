package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.WatchEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Long-running jobs, on SQLite. */
final class SqliteWatchEngineTest extends WatchEngineContract {
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
