package dev.millrace.server.remote;

import org.junit.jupiter.api.Tag;

import java.util.List;

/** The reference client for Node, on PostgreSQL; needs node. */
@Tag("clients")
class PostgresNodeClientTest extends PostgresRemoteContract {
    @Override
    List<String> worker(String url) {
        return Clients.node(url);
    }
}
