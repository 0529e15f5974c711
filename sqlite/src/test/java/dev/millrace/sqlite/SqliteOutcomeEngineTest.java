package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.OutcomeEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** How the whole engine treats failures on SQLite. */
final class SqliteOutcomeEngineTest extends OutcomeEngineContract {
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
