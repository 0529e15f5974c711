package dev.millrace.postgres;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.OutcomeEngineContract;

/** How the whole engine treats failures on PostgreSQL. */
final class PostgresOutcomeEngineTest extends OutcomeEngineContract {
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
