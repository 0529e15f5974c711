package dev.millrace.testkit;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.InterventionEngineContract;

/** What people do to jobs and queues, on the store in memory. */
final class MemoryInterventionEngineTest extends InterventionEngineContract {
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
