package dev.millrace.postgres;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.LimitEngineContract;

/** How whole engines keep limits by key on PostgreSQL. */
final class PostgresLimitEngineTest extends LimitEngineContract {
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
