package dev.millrace.testkit;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.PipelineEngineContract;

/** Batches and pipelines in the whole engine. */
final class MemoryPipelineEngineTest extends PipelineEngineContract {
    private final MemoryStore store = new MemoryStore();

    @Override
    protected JobStore openStore() {
        return store;
    }

    @Override
    protected JobStore reopen() {
        return store.reopen();
    }
}
