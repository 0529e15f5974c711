package dev.millrace.testkit;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.JobOptionsEngineContract;

/** What is said of jobs, on the store in memory. */
final class MemoryJobOptionsEngineTest extends JobOptionsEngineContract {
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
