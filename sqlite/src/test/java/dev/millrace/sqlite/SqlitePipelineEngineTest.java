package dev.millrace.sqlite;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.PipelineEngineContract;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Batches and pipelines in the whole engine. */
final class SqlitePipelineEngineTest extends PipelineEngineContract {
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
