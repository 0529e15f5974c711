package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.ScheduleEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Schedules and leaders, on SQLite. */
final class SqliteScheduleEngineTest extends ScheduleEngineContract {
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
