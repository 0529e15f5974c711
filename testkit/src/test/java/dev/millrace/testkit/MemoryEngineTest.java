package dev.millrace.testkit;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.EngineContract;

/** The engine on the store in memory. */
final class MemoryEngineTest extends EngineContract {
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
