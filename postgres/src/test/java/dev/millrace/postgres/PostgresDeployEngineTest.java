package dev.millrace.postgres;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.contract.DeployEngineContract;

/** A changing application, on PostgreSQL. */
final class PostgresDeployEngineTest extends DeployEngineContract {
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
