package dev.millrace.examples.source;

import dev.millrace.examples.stage.Jvm;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * An HTTP source in a process of its own, which serves records by the page on loopback with faults
 * drawn from a seed. It ends when this process does. Safe for several threads.
 */
public final class SourceProcess implements AutoCloseable {
    private final Process process;
    private final int port;

    private SourceProcess(Process process) throws IOException {
        this.process = process;
        String said = process.inputReader(StandardCharsets.UTF_8).readLine();
        if (said == null) {
            throw new IOException("expected the source to say its port, it has ended");
        }
        this.port = Integer.parseInt(said);
    }

    /** Starts one with so many records. */
    public static SourceProcess start(long seed, long records) throws IOException {
        var options = List.of("-Xmx128m", "-Dsun.net.httpserver.nodelay=true");
        return new SourceProcess(
                Jvm.start(
                        options, SourceServer.class, Long.toString(seed), Long.toString(records)));
    }

    /** The first page of so many records. */
    public URI firstPage(int size) {
        return at("/records?size=" + size);
    }

    /** Where every record is to be had at once, a line each. */
    public URI all() {
        return at("/all");
    }

    /** What it was asked for, in order. */
    public List<Asked> ledger() throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient();
                Stream<String> lines =
                        client.send(
                                        HttpRequest.newBuilder(at("/ledger")).build(),
                                        HttpResponse.BodyHandlers.ofLines())
                                .body()) {
            return lines.map(line -> line.split(" ", 2))
                    .map(words ->
                            new Asked(Long.parseLong(words[0]), Asked.Outcome.valueOf(words[1])))
                    .toList();
        }
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.destroy();
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }
}
