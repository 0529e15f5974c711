package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.HttpServerProcess;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** How long the dashboard's requests take with many jobs in every state. */
public record HttpPages() implements Scenario {
    private static final int TIMES = 10;

    /** What its pages ask for, whatever is stored. */
    private static final List<String> PATHS =
            List.of(
                    "/health/ready",
                    "/metrics",
                    "/api/v1/queues",
                    "/api/v1/workers",
                    "/api/v1/scale",
                    "/api/v1/kinds",
                    "/api/v1/leaders",
                    "/api/v1/errors",
                    "/api/v1/audit",
                    "/api/v1/schedules",
                    "/api/v1/batches",
                    "/api/v1/pipelines",
                    "/api/v1/series",
                    "/api/v1/jobs",
                    "/api/v1/jobs?limit=1000",
                    "/api/v1/jobs?state=available",
                    "/api/v1/jobs?state=scheduled",
                    "/api/v1/jobs?state=completed",
                    "/api/v1/jobs?state=discarded",
                    "/api/v1/jobs?state=running",
                    "/api/v1/jobs?q=tag:none",
                    "/api/v1/jobs?q=state:completed%20payload.nothing:17",
                    "/api/v1/jobs?q=key:none");

    @Override
    public String name() {
        return "http-pages";
    }

    @Override
    public String explains() {
        return "What the dashboard's pages ask a server in a process of its own, with a million"
                + " (--backlog) jobs in each of available, scheduled and completed, and the first"
                + " job of each page by itself: the slowest of "
                + TIMES
                + " answers, the first of all included.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(
                Offer.HTTP, Offer.LISTS, Offer.FUTURE_JOBS, Offer.KEPT_JOBS, Offer.OTHER_QUEUE);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var place = Looks.filled(contender, rig);
        rig.settle(place);
        try (var server = HttpServerProcess.start(contender.httpServer(place));
                var client = HttpClient.newHttpClient()) {
            var each = new Figures();
            double slowest = 0;
            for (String path : PATHS) {
                double longest = longest(client, server.port(), path);
                each.put(path + " ms", longest);
                slowest = Math.max(slowest, longest);
            }
            var month = Instant.now().minus(Duration.ofDays(30));
            double series = longest(client, server.port(), "/api/v1/series?from=" + month);
            each.put("series of a month ms", series);
            slowest = Math.max(slowest, series);
            for (String state : List.of("available", "scheduled", "completed")) {
                String page = get(client, server.port(), "/api/v1/jobs?limit=1&state=" + state);
                int at = page.indexOf("\"id\":") + "\"id\":".length();
                String id = page.substring(at, page.indexOf(',', at)).strip();
                double longest = longest(client, server.port(), "/api/v1/jobs/" + id);
                each.put("one " + state + " ms", longest);
                slowest = Math.max(slowest, longest);
            }
            return new Figures().put("slowest ms", slowest).putAll(each);
        } finally {
            rig.discard(place);
        }
    }

    private static double longest(HttpClient client, int port, String path) throws Exception {
        var nanos = new long[TIMES];
        for (int i = 0; i < TIMES; i++) {
            long from = System.nanoTime();
            get(client, port, path);
            nanos[i] = System.nanoTime() - from;
        }
        return Arrays.stream(nanos).max().orElseThrow() / 1e6;
    }

    private static String get(HttpClient client, int port, String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        var answer = client.send(request.build(), BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(
                    "expected %s to be answered 200, got %d %s"
                            .formatted(path, answer.statusCode(), answer.body()));
        }
        return answer.body();
    }
}
