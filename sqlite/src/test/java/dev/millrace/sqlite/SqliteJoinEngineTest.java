package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.JoinEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Items that become many and meet again, in the whole engine. */
final class SqliteJoinEngineTest extends JoinEngineContract {
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
