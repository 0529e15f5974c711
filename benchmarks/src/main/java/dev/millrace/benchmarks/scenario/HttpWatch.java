package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.BurnApp;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.HttpServerProcess;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What people who watch see of a server, and what they cost it.
 *
 * @param streams event streams that are open
 * @param burning whether a worker in the same process burns processor time on all its slots
 */
public record HttpWatch(int streams, boolean burning) implements Scenario {
    private static final int BURNS = 20_000;
    private static final int SLOTS = 8;
    private static final int BETWEEN_CALLS_MILLIS = 5;
    private static final int BETWEEN_JOBS = 100;

    @Override
    public String name() {
        return "http-watch-" + streams + (burning ? "-burning" : "");
    }

    @Override
    public String explains() {
        return "A client GETs /health/live every %d ms and POSTs a job now and then; how long that"
                        .formatted(BETWEEN_CALLS_MILLIS)
                + " takes, and until the job is seen in an event stream, with %d streams open%s; the"
                        .formatted(
                                streams,
                                burning
                                        ? " while a worker in the server's process burns processor"
                                                + " time on "
                                                + SLOTS
                                                + " slots"
                                        : "")
                + " server's processor time per second.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.HTTP, Offer.ENQUEUE);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var place = rig.place(contender);
        rig.settle(place);
        List<Stream> open = new ArrayList<>();
        try (var server = HttpServerProcess.start(arguments(contender.httpServer(place)));
                var connection = new HttpConnection(server.port())) {
            for (int i = 0; burning && i < BURNS / 1_000; i++) {
                bulk(connection, server.port());
            }
            Map<String, Long> sent = new ConcurrentHashMap<>();
            Map<String, Long> seen = new ConcurrentHashMap<>();
            for (int i = 0; i < streams; i++) {
                open.add(new Stream(server.port(), i == 0 ? seen : Map.of()));
            }
            Pause.millis(5_000);
            long cpu = server.cpuMicros();
            long began = System.nanoTime();
            var live = live(connection, server.port(), rig.options().seconds(), sent);
            double took = (System.nanoTime() - began) / 1e9;
            double perSecond = (server.cpuMicros() - cpu) / took;
            Pause.millis(2_000);
            var waits =
                    sent.entrySet().stream()
                            .mapToLong(each -> waited(each.getValue(), seen.get(each.getKey())))
                            .sorted()
                            .toArray();
            return new Figures()
                    .percentiles(live)
                    .put("longest until seen ms", waits[waits.length - 1] / 1e6)
                    .put("median until seen ms", waits[waits.length / 2] / 1e6)
                    .put("server cpu us/s", perSecond);
        } finally {
            for (Stream each : open) {
                each.close();
            }
            rig.discard(place);
        }
    }

    private List<String> arguments(List<String> web) {
        if (!burning) {
            return web;
        }
        var arguments = new ArrayList<>(web);
        arguments.set(0, "serve");
        arguments.add("--app=" + BurnApp.class.getName());
        arguments.add("--queues=default:" + SLOTS);
        return arguments;
    }

    private static long waited(long sent, @Nullable Long seen) {
        if (seen == null) {
            throw new IllegalStateException("a job was never seen in the event stream");
        }
        return seen - sent;
    }

    private static long[] live(
            HttpConnection connection, int port, int seconds, Map<String, Long> sent)
            throws IOException, InterruptedException {
        var nanos = new ArrayList<Long>();
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        String request = "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n";
        for (int i = 0; System.nanoTime() - end < 0; i++) {
            long from = System.nanoTime();
            connection.call(request, 200);
            nanos.add(System.nanoTime() - from);
            if (i % BETWEEN_JOBS == 0) {
                long at = System.nanoTime();
                sent.put(post(connection, port), at);
            }
            Pause.millis(BETWEEN_CALLS_MILLIS);
        }
        return nanos.stream().mapToLong(Long::longValue).toArray();
    }

    private static String post(HttpConnection connection, int port) throws IOException {
        String answer =
                send(
                        connection,
                        port,
                        "/api/v1/jobs",
                        "application/json",
                        "{\"kind\":\"seen\",\"queue\":\"watched\"}",
                        201);
        int at = answer.indexOf("/api/v1/jobs/") + "/api/v1/jobs/".length();
        return answer.substring(at, answer.indexOf('\r', at));
    }

    private static void bulk(HttpConnection connection, int port) throws IOException {
        send(
                connection,
                port,
                "/api/v1/jobs/bulk",
                "application/x-ndjson",
                "{\"kind\":\"burn\"}\n".repeat(1_000),
                200);
    }

    private static String send(
            HttpConnection connection, int port, String path, String type, String body, int status)
            throws IOException {
        return connection.call(
                "POST "
                        + path
                        + " HTTP/1.1\r\nHost: 127.0.0.1:"
                        + port
                        + "\r\nContent-Type: "
                        + type
                        + "\r\nContent-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body,
                status);
    }

    /** An event stream that is read to its end, by a thread of its own. */
    private static final class Stream implements AutoCloseable {
        private static final String JOB = "\"id\":";
        private final Socket socket;

        Stream(int port, Map<String, Long> seen) throws IOException {
            this.socket = new Socket("127.0.0.1", port);
            socket.getOutputStream()
                    .write(
                            ("GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n")
                                    .getBytes(StandardCharsets.ISO_8859_1));
            Thread.ofPlatform().daemon().start(() -> read(seen));
        }

        private void read(Map<String, Long> seen) {
            try (var lines =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.UTF_8))) {
                String line;
                boolean watches = seen instanceof ConcurrentHashMap;
                while ((line = lines.readLine()) != null) {
                    if (watches && line.contains("\"watched\"") && line.contains(JOB)) {
                        int at = line.indexOf(JOB) + JOB.length();
                        int end = at;
                        while (end < line.length() && Character.isDigit(line.charAt(end))) {
                            end++;
                        }
                        seen.putIfAbsent(line.substring(at, end), System.nanoTime());
                    }
                }
            } catch (IOException e) {
                // the run closes it at its end; a job it did not see is noticed there
                return;
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
