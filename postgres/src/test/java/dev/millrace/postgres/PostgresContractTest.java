package dev.millrace.postgres;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.Inspector;
import dev.millrace.testkit.contract.JobStoreContract;

/** PostgreSQL keeps the contract, in a schema of its own for each test. */
class PostgresContractTest extends JobStoreContract {
    private String url = "";

    @Override
    protected JobStore openStore() {
        url = TestServer.freshUrl();
        return PostgresStore.at(url);
    }

    @Override
    protected JobStore reopen() {
        return PostgresStore.at(url);
    }

    @Override
    protected Inspector inspector() {
        return new RowInspector(StoreUrl.parse(url));
    }
}
