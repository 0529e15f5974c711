package dev.millrace.server.remote;

import org.junit.jupiter.api.Tag;

import java.util.List;

/** The reference client for Node, on the embedded store; needs node. */
@Tag("clients")
class SqliteNodeClientTest extends SqliteRawWorkerTest {
    @Override
    List<String> worker(String url) {
        return Clients.node(url);
    }
}
