package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.InterventionEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** What people do to jobs and queues, on SQLite. */
final class SqliteInterventionEngineTest extends InterventionEngineContract {
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
