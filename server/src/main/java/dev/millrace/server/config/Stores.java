package dev.millrace.server.config;

import dev.millrace.store.JobStore;
import dev.millrace.store.Schema;

/** How a store is found by its URL; one for the program, another for tests. */
public interface Stores {
    /** Opens a store, bringing its schema up to date. */
    JobStore open(StoreAddress address);

    /** The schema of a store, without opening it. */
    Schema schema(StoreAddress address);
}
