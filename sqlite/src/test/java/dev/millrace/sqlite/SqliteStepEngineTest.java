package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.StepEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Steps, on SQLite. */
final class SqliteStepEngineTest extends StepEngineContract {
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
