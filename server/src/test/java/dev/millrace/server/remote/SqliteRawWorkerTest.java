package dev.millrace.server.remote;

import java.nio.file.Path;
import java.util.List;

/** The protocol spoken raw, on the embedded store. */
class SqliteRawWorkerTest extends RemoteContract {
    @Override
    String store(Path directory) {
        return "sqlite:" + directory.resolve("jobs.db");
    }

    @Override
    List<String> worker(String url) {
        return rawWorker(url);
    }

    static List<String> rawWorker(String url) {
        return List.of(
                java(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                RawWorker.class.getName(),
                url);
    }
}
