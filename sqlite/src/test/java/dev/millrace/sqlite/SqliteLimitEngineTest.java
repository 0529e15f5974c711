package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.LimitEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** How whole engines keep limits by key on SQLite. */
final class SqliteLimitEngineTest extends LimitEngineContract {
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
