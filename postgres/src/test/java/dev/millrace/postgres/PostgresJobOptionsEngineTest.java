package dev.millrace.postgres;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.JobOptionsEngineContract;

/** What is said of jobs, on PostgreSQL. */
final class PostgresJobOptionsEngineTest extends JobOptionsEngineContract {
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
