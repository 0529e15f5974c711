package dev.millrace.server.remote;

import java.util.List;

/** The protocol spoken raw, on PostgreSQL. */
class PostgresRawWorkerTest extends PostgresRemoteContract {
    @Override
    List<String> worker(String url) {
        return SqliteRawWorkerTest.rawWorker(url);
    }
}
