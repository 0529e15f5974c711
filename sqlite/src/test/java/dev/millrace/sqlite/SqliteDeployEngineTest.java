package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.DeployEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** A changing application, on SQLite. */
final class SqliteDeployEngineTest extends DeployEngineContract {
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
