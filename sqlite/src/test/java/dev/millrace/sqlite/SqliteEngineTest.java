package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.EngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** The whole engine on SQLite. */
final class SqliteEngineTest extends EngineContract {
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
