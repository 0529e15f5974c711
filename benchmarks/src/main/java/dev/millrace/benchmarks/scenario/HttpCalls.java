package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.HttpServerProcess;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;
import dev.millrace.web.access.Secrets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * 64 keep-alive connections that call a server in a process of its own, one request after another.
 *
 * @param call what they ask for
 */
public record HttpCalls(Call call) implements Scenario {
    private static final int CONNECTIONS = 64;
    private static final String SECRET = "a-secret-of-the-benchmark-only-0123456789";
    private static final Duration WARM_UP = Duration.ofSeconds(5);

    /** What is asked for. */
    public enum Call {
        /** {@code POST /jobs}, answered when the job is durable. */
        ENQUEUE,
        /** The same by a token, whose rights are looked at for each job. */
        ENQUEUE_BY_TOKEN,
        /** {@code GET /jobs/{id}} of waiting jobs. */
        READ
    }

    @Override
    public String name() {
        return "http-" + call.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public String explains() {
        return switch (call) {
            case ENQUEUE ->
                    "64 keep-alive connections POST one job after another to a server in a process"
                            + " of its own (512 MB), each answered when its job is durable; after 5"
                            + " s the calls of some seconds are counted, then the stored jobs.";
            case ENQUEUE_BY_TOKEN ->
                    "The same with a server that has an access file, by a token that may operate"
                            + " one queue.";
            case READ ->
                    "The same connections GET one of 64 waiting jobs after another, each its own.";
        };
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.HTTP, Offer.ENQUEUE);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var place = rig.place(contender);
        rig.settle(place);
        var seconds = Duration.ofSeconds(rig.options().seconds());
        Queue<HttpConnection> connections = new ConcurrentLinkedQueue<>();
        Map<Thread, HttpConnection> mine = new ConcurrentHashMap<>();
        Path access = Files.createTempFile("millrace-bench", ".access");
        try (var server = HttpServerProcess.start(arguments(contender, place, access))) {
            for (int i = 0; i < CONNECTIONS; i++) {
                connections.add(new HttpConnection(server.port()));
            }
            Map<Thread, String> paths = new ConcurrentHashMap<>();
            Callers.Call once =
                    number -> {
                        var connection =
                                mine.computeIfAbsent(
                                        Thread.currentThread(), thread -> connections.remove());
                        call(connection, server.port(), number, paths);
                    };
            var warmUp = Callers.run(CONNECTIONS, WARM_UP, once, 0);
            connections.addAll(mine.values());
            mine.clear();
            paths.clear();
            long cpuBefore = server.cpuMicros();
            long began = System.nanoTime();
            var result = Callers.run(CONNECTIONS, seconds, once, 1_000_000_000L);
            double took = (System.nanoTime() - began) / 1e9;
            long cpu = server.cpuMicros() - cpuBefore;
            if (call != Call.READ) {
                requireStored(contender, place, warmUp.calls() + result.calls());
            }
            return new Figures()
                    .put("requests/s", result.calls() / took)
                    .percentiles(result.nanos())
                    .put("server cpu us/request", (double) cpu / result.calls());
        } finally {
            connections.addAll(mine.values());
            for (var connection : connections) {
                connection.close();
            }
            rig.discard(place);
            Files.delete(access);
        }
    }

    private List<String> arguments(Contender contender, Place place, Path access)
            throws IOException {
        var arguments = new ArrayList<>(contender.httpServer(place));
        if (call == Call.ENQUEUE_BY_TOKEN) {
            Files.writeString(
                    access,
                    "token bench sha256:%s operator:default\n".formatted(Secrets.hash(SECRET)));
            arguments.add("--access=" + access);
        }
        return arguments;
    }

    private void call(HttpConnection connection, int port, long number, Map<Thread, String> paths)
            throws IOException {
        switch (call) {
            case ENQUEUE, ENQUEUE_BY_TOKEN -> post(connection, port, number);
            case READ -> {
                String path = paths.get(Thread.currentThread());
                if (path == null) {
                    String answer = post(connection, port, number);
                    int at = answer.indexOf("/api/v1/jobs/");
                    path = answer.substring(at, answer.indexOf('\r', at));
                    paths.put(Thread.currentThread(), path);
                }
                connection.call(
                        "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n", 200);
            }
        }
    }

    private String post(HttpConnection connection, int port, long number) throws IOException {
        String body =
                "{\"kind\":\"job\",\"payload\":{\"to\":\"person-%d@example.org\",\"offer\":%d}}"
                        .formatted(number, number);
        return connection.call(
                "POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1:"
                        + port
                        + (call == Call.ENQUEUE_BY_TOKEN
                                ? "\r\nAuthorization: Bearer " + SECRET
                                : "")
                        + "\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body,
                201);
    }

    private static void requireStored(Contender contender, Place place, long calls)
            throws Exception {
        try (var session = contender.open(place, 1)) {
            long stored = session.unfinished();
            if (stored != calls) {
                throw new IllegalStateException(
                        "expected %d stored jobs, got %d".formatted(calls, stored));
            }
        }
    }
}
