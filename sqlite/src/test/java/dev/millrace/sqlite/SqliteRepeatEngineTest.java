package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.RepeatEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Calls that are come to again, on SQLite. */
final class SqliteRepeatEngineTest extends RepeatEngineContract {
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
