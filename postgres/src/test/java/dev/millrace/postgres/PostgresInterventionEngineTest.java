package dev.millrace.postgres;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.InterventionEngineContract;

/** What people do to jobs and queues, on PostgreSQL. */
final class PostgresInterventionEngineTest extends InterventionEngineContract {
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
