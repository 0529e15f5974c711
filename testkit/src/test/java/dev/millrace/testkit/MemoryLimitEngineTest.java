package dev.millrace.testkit;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.LimitEngineContract;

/** How the engine treats failures on the store in memory. */
final class MemoryLimitEngineTest extends LimitEngineContract {
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
