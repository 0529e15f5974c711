package dev.millrace.server.remote;

import org.junit.jupiter.api.Tag;

import java.util.List;

/** The reference client for Python, on PostgreSQL; needs python3. */
@Tag("clients")
class PostgresPythonClientTest extends PostgresRemoteContract {
    @Override
    List<String> worker(String url) {
        return Clients.python(url);
    }
}
