package dev.millrace.postgres;

import dev.millrace.store.JobStore;
import dev.millrace.testkit.Inspector;
import dev.millrace.testkit.contract.JobStoreContract;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** PostgreSQL keeps the contract, in a schema of its own for each test. */
class PostgresContractTest extends JobStoreContract {
    private String url = "";

    @Override
    protected JobStore openStore() {
        url = TestServer.freshUrl();
        // by a clock that stands still no look is slow, so that each goes over everything
        return PostgresStore.at(url, true, () -> 0);
    }

    @Override
    protected JobStore reopen() {
        // by a clock that stands still no look is slow, so that each goes over everything
        return PostgresStore.at(url, true, () -> 0);
    }

    @Override
    protected Optional<Connection> connection() throws SQLException {
        var connection = StoreUrl.parse(url).source().getConnection();
        connection.setAutoCommit(false);
        return Optional.of(connection);
    }

    @Override
    protected Inspector inspector() {
        return new RowInspector(StoreUrl.parse(url));
    }
}
