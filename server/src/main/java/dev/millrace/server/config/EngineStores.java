package dev.millrace.server.config;

import dev.millrace.postgres.PostgresStore;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobStore;
import dev.millrace.store.Schema;

/** The engines of the distribution. */
public final class EngineStores implements Stores {
    /** All of them. */
    public EngineStores() {}

    @Override
    public JobStore open(StoreAddress address) {
        return switch (address) {
            case StoreAddress.Sqlite sqlite -> SqliteStore.at(sqlite.file());
            case StoreAddress.Postgres postgres -> PostgresStore.at(postgres.url());
        };
    }

    @Override
    public Schema schema(StoreAddress address) {
        return switch (address) {
            case StoreAddress.Sqlite sqlite -> SqliteStore.schema(sqlite.file());
            case StoreAddress.Postgres postgres -> PostgresStore.schema(postgres.url());
        };
    }
}
