package dev.millrace.server.remote;

import org.junit.jupiter.api.Tag;

import java.util.List;

/** The reference client for Python, on the embedded store; needs python3. */
@Tag("clients")
class SqlitePythonClientTest extends SqliteRawWorkerTest {
    @Override
    List<String> worker(String url) {
        return Clients.python(url);
    }
}
