package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.Inspector;
import dev.millrace.testkit.contract.JobStoreContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** The store contract, on a file. */
class SqliteStoreTest extends JobStoreContract {
    @TempDir private Path directory;

    private Path file() {
        return directory.resolve("deeper").resolve("jobs.db");
    }

    @Override
    protected JobStore openStore() {
        return SqliteStore.at(file());
    }

    @Override
    protected JobStore reopen() {
        return SqliteStore.at(file());
    }

    @Override
    protected Inspector inspector() {
        return new SqliteInspector(file());
    }
}
