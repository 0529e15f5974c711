package dev.millrace.testkit;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.JobStoreContract;

/** The model keeps the contract itself. */
class MemoryStoreTest extends JobStoreContract {
    private MemoryStore store = new MemoryStore();

    @Override
    protected JobStore openStore() {
        store = new MemoryStore();
        return store;
    }

    @Override
    protected JobStore reopen() {
        return store.reopen();
    }

    @Override
    protected Inspector inspector() {
        return store.inspector();
    }
}
