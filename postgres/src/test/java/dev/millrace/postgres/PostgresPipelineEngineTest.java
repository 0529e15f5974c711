package dev.millrace.postgres;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.PipelineEngineContract;

/** Batches and pipelines in the whole engine. */
final class PostgresPipelineEngineTest extends PipelineEngineContract {
    private final String url = TestServer.freshUrl();

    @Override
    protected JobStore openStore() {
        return reopen();
    }

    @Override
    protected JobStore reopen() {
        return PostgresStore.at(url);
    }
}
