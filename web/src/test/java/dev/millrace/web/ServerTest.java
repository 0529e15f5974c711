package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.store.JobFilter;
import dev.millrace.testkit.FaultyStore;
import dev.millrace.testkit.MemoryStore;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.ConnectException;
import java.net.Socket;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/** Bounds, outages, stopping, files. */
@Timeout(60)
class ServerTest {
    private static final String HELD = "{\"kind\":\"held\"}";

    private final CountDownLatch mayEnd = new CountDownLatch(1);

    private Served served(UnaryOperator<WebSettings> settings) {
        return new Served(
                new MemoryStore(),
                builder ->
                        builder.handle(
                                Task.named("held", RawJson.class),
                                (payload, job) -> {
                                    mayEnd.await();
                                    return null;
                                }),
                settings);
    }

    @Test
    void aStoreThatDoesNotAnswerIsAProblemThatPasses() throws Exception {
        var store = new FaultyStore(new MemoryStore(), new Random(1), 0);
        try (var served = new Served(store)) {
            assertThat(served.get("/health/ready").statusCode()).isEqualTo(200);
            store.share(1);
            for (String path : new String[] {"/health/ready", "/api/v1/queues", "/api/v1/jobs/1"}) {
                var answer = served.get(path);
                assertThat(answer.statusCode()).as(path).isEqualTo(503);
                assertThat(answer.headers().firstValue("Retry-After")).hasValue("2");
                assertThat(Served.json(answer).get("code").asString())
                        .isEqualTo("store-unavailable");
            }
            assertThat(served.enqueue("{\"kind\":\"k\"}").statusCode()).isEqualTo(503);
            assertThat(served.get("/health/live").statusCode()).isEqualTo(200);
            store.share(0);
            assertThat(served.enqueue("{\"kind\":\"k\"}").statusCode()).isEqualTo(201);
        }
    }

    @Test
    void moreRequestsThanAllowedAreToldToComeBack() throws Exception {
        try (var served = served(settings -> settings.atOnce(8, 1))) {
            long id = Served.json(served.enqueue(HELD)).get("id").asLong();
            var waiting =
                    served.client.sendAsync(
                            served.to("/api/v1/jobs/" + id + "?wait=50s").build(),
                            BodyHandlers.ofString());
            await().until(() -> served.web.requests() == 1);
            assertThat(served.get("/api/v1/jobs/" + id).statusCode()).isEqualTo(200);
            var refused = served.get("/api/v1/jobs/" + id + "?wait=1s");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(Served.json(refused).get("code").asString()).isEqualTo("busy");
            assertThat(served.get("/health/live").statusCode()).isEqualTo(200);
            mayEnd.countDown();
            assertThat(waiting.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void stoppingLetsARequestUnderWayEnd() throws Exception {
        try (var served = served(UnaryOperator.identity())) {
            long id = Served.json(served.enqueue(HELD)).get("id").asLong();
            var waiting =
                    served.client.sendAsync(
                            served.to("/api/v1/jobs/" + id + "?wait=50s").build(),
                            BodyHandlers.ofString());
            await().until(() -> served.web.requests() == 1);
            var stopping = Thread.ofPlatform().start(served.web::close);
            await().until(() -> refusesConnections(served));
            mayEnd.countDown();
            var answer = waiting.get(30, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(Served.json(answer).get("state").asString()).isEqualTo("completed");
            assertThat(stopping.join(Duration.ofSeconds(30))).isTrue();
        }
    }

    private static boolean refusesConnections(Served served) throws Exception {
        try (var socket = new Socket("127.0.0.1", served.web.port())) {
            return !socket.isConnected();
        } catch (ConnectException e) {
            return true;
        }
    }

    private static WebSettings quick(WebSettings settings) {
        return settings.times(
                Duration.ofMillis(300), Duration.ofMillis(100), Duration.ofSeconds(5));
    }

    /** Again when this process stood still and cut a connection before its request had come. */
    private static ConditionFactory patiently() {
        return await().atMost(Duration.ofSeconds(50)).ignoreExceptions();
    }

    @Test
    void aBodyThatStopsComingIsCutAndAWaitLongerThanThatIsNot() throws Exception {
        try (var served = served(ServerTest::quick)) {
            String begun =
                    "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                            + " application/json\r\nContent-Length: 100\r\n\r\n{\"kind\":";
            patiently()
                    .untilAsserted(() ->
                            assertThat(served.raw(begun))
                                    .startsWith("HTTP/1.1 408 ")
                                    .contains("too-slow"));
            await().until(() -> served.web.requests() == 0);
            var held = Task.named("held", RawJson.class).with(new RawJson("{}"));
            long id = served.millrace.enqueue(held).id();
            patiently()
                    .until(() -> served.get("/api/v1/jobs/" + id + "?wait=1s").statusCode() == 200);
            mayEnd.countDown();
        }
    }

    @Test
    void theProcessSaysThatItLivesWhileJobsKeepEveryCoreBusy() throws Exception {
        int cores = Runtime.getRuntime().availableProcessors();
        var spinning = new CountDownLatch(cores);
        var enough = new AtomicBoolean();
        try (var served =
                new Served(
                        new MemoryStore(),
                        builder ->
                                builder.handle(
                                        Task.named("spin", RawJson.class),
                                        (payload, job) -> {
                                            spinning.countDown();
                                            while (!enough.get()) {
                                                Thread.onSpinWait();
                                            }
                                            return null;
                                        }),
                        UnaryOperator.identity())) {
            for (int i = 0; i < 2 * cores; i++) {
                served.millrace.enqueue(Task.named("spin", RawJson.class).with(new RawJson("{}")));
            }
            spinning.await();
            String answer =
                    served.raw(
                            "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close"
                                    + "\r\n\r\n");
            enough.set(true);
            assertThat(answer).startsWith("HTTP/1.1 200 ").contains("\"live\"");
        } finally {
            enough.set(true);
        }
    }

    @Test
    void onlyLoopbackIsListenedOn() {
        assertThatThrownBy(() -> WebSettings.standard().at("0.0.0.0", 70_000))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("got '0.0.0.0'")
                .hasMessageContaining("while no users and no tokens are configured")
                .hasMessageContaining("port must be 0 to 65535, got 70000")
                .hasMessageContaining("nothing was started");
        assertThat(WebSettings.standard().at("::1", 0).host()).isEqualTo("::1");
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        try (var served = new Served(new MemoryStore())) {
            var taken = WebSettings.standard().at("127.0.0.1", served.web.port());
            assertThatThrownBy(() -> Web.start(served.millrace, taken, Clock.systemUTC()))
                    .isInstanceOf(MillraceException.class)
                    .hasMessageContaining("127.0.0.1:" + served.web.port())
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void filesCarryATagAndAPolicyAndAreNotSentTwice() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            var file = served.get("/probe.txt");
            assertThat(file.statusCode()).isEqualTo(200);
            assertThat(file.headers().firstValue("Content-Security-Policy").orElseThrow())
                    .startsWith("default-src 'self';");
            assertThat(file.headers().firstValue("Cache-Control")).hasValue("no-cache");
            String tag = file.headers().firstValue("ETag").orElseThrow();
            var again = served.send(served.to("/probe.txt").header("If-None-Match", tag));
            assertThat(again.statusCode()).isEqualTo(304);
            assertThat(again.body()).isEmpty();
            assertThat(served.get("/assets/probe-1a2b.js").headers().firstValue("Cache-Control"))
                    .hasValueSatisfying(it -> assertThat(it).contains("immutable"));
            for (String none : new String[] {"/assets", "/assets/", "/.hidden", "/probe.class"}) {
                assertThat(served.get(none).statusCode()).as(none).isEqualTo(404);
            }
            var posted = served.post("/probe.txt", "text/plain", "x");
            assertThat(posted.statusCode()).isEqualTo(405);
        }
    }

    @Test
    void metricsCountRequestsByRouteAndJobsByQueue() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            served.enqueue("{\"kind\":\"k\",\"queue\":\"q\"}");
            served.get("/api/v1/jobs/12345");
            var metrics = served.get("/metrics");
            assertThat(metrics.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/plain; version=0.0.4");
            assertThat(metrics.body())
                    .contains(
                            "millrace_http_requests_total{method=\"POST\",route=\"/api/v1/jobs\","
                                    + "status=\"201\"} 1\n")
                    .contains("route=\"/api/v1/jobs/{id}\",status=\"404\"} 1\n")
                    .contains("millrace_jobs{queue=\"q\",state=\"available\"} 1\n")
                    .contains("millrace_workers{state=\"alive\"} 0\n");
            assertThat(metrics.body().lines())
                    .allMatch(line -> line.startsWith("# ") || line.matches("[^ ].* [0-9.]+"));
        }
    }

    @Test
    void aConnectionServesManyRequests() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            String one = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
            String last = one.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
            String answers = served.raw(one.repeat(20) + last);
            assertThat(answers.split("\"status\":\"live\"", -1)).hasSize(22);
            assertThat(answers.getBytes(StandardCharsets.UTF_8).length).isLessThan(10_000);
        }
    }

    private static final String REFUSED_UNREAD =
            """
            POST /api/v1/jobs?nonsense=1 HTTP/1.1\r
            Host: localhost\r
            Content-Type: application/json\r
            Content-Length: 2\r
            \r
            """;

    @Test
    void aRefusalThatReadNoBodyLeavesTheConnectionToTheNextRequest() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            String last =
                    "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            String answers = served.raw(REFUSED_UNREAD, "{}", REFUSED_UNREAD, "{}", last);
            assertThat(answers.split("unknown parameter 'nonsense'", -1)).hasSize(3);
            assertThat(answers).contains("\"status\":\"live\"");
        }
    }

    @Test
    void aRefusalThatWaitsForNoLongBodySaysThatItCloses() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            assertThat(served.raw(REFUSED_UNREAD.replace("Length: 2", "Length: 100000")))
                    .contains("unknown parameter 'nonsense'", "Connection: close");
        }
    }

    private static final String BEGUN =
            "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
                    + "\r\nContent-Length: 4000\r\n\r\n{";

    /** Sends the beginning of many requests; none of them is heard of again. */
    private static List<Socket> begin(Served served, int many, String request) throws Exception {
        List<Socket> begun = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            var socket = new Socket("127.0.0.1", served.web.port());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            begun.add(socket);
        }
        return begun;
    }

    private static void close(List<Socket> sockets) throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void bodiesThatDoNotComeKeepNobodyElseOut() throws Exception {
        try (var served = served(settings -> People.with(settings).atOnce(16, 16))) {
            served.token = People.ADMIN;
            List<Socket> slow = begin(served, 300, BEGUN);
            try {
                await().until(() -> served.web.requests() >= 16);
                assertThat(served.get("/health/ready").statusCode()).isEqualTo(200);
                // those that come at the same moment may take all places, but soon leave them
                var soon = await().atMost(Duration.ofSeconds(40));
                soon.until(() -> served.get("/api/v1/queues").statusCode() == 200);
                soon.until(() -> served.enqueue("{\"kind\":\"k\"}").statusCode() == 201);
            } finally {
                close(slow);
            }
        }
    }

    @Test
    void aBodyThatComesDropByDropIsCut() throws Exception {
        try (var served = served(People::with)) {
            var socket = begin(served, 1, BEGUN).getFirst();
            try (socket) {
                var answer =
                        new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(answer).startsWith("HTTP/1.1 408 ").contains("1024 bytes a second");
            }
            await().until(() -> served.web.requests() == 0);
        }
    }

    @Test
    void oneCallerDoesNotTakeAllPlacesForStreams() throws Exception {
        try (var served = served(settings -> People.with(settings).atOnce(64, 20))) {
            String stream =
                    "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s"
                            + "\r\n\r\n";
            List<Socket> taken = begin(served, 30, stream.formatted(People.LOOKER));
            try {
                await().until(() -> served.web.requests() == 10);
                taken.addAll(begin(served, 1, stream.formatted(People.ADMIN)));
                await().until(() -> served.web.requests() == 11);
                served.token = People.LOOKER;
                assertThat(
                                served.client
                                        .send(
                                                served.to("/api/v1/events").build(),
                                                BodyHandlers.ofString())
                                        .statusCode())
                        .isEqualTo(503);
                served.token = People.ADMIN;
                long id = Served.json(served.enqueue(HELD)).get("id").asLong();
                assertThat(served.get("/api/v1/jobs/" + id).statusCode()).isEqualTo(200);
                assertThat(served.get("/api/v1/jobs/" + id + "?wait=1ms").statusCode())
                        .isEqualTo(200);
                assertThat(
                                served.post(
                                                "/api/v1/jobs/bulk",
                                                "application/x-ndjson",
                                                "{\"kind\":\"k\"}")
                                        .statusCode())
                        .isEqualTo(200);
            } finally {
                mayEnd.countDown();
                close(taken);
            }
        }
    }

    @Test
    void aBulkThatIsCutSaysWhatWasKept() {
        String begun =
                "POST /api/v1/jobs/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                        + " application/x-ndjson\r\nContent-Length: 9999\r\n\r\n"
                        + "{\"kind\":\"k\"}\n{\"kind\":\"k\"}\n{\"knd\":1}\n{\"ki";
        patiently()
                .untilAsserted(() -> {
                    try (var served = served(ServerTest::quick)) {
                        assertThat(served.raw(begun))
                                .startsWith("HTTP/1.1 408 ")
                                .contains("2 were accepted, 0 were there before, 1 were rejected");
                        var kept = served.millrace.store().list(JobFilter.all(), 10, null);
                        assertThat(kept.items()).hasSize(2);
                    }
                });
    }

    @Test
    void whatIsCompressedCarriesAWeakTag() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            var zipped =
                    served.client.send(
                            served.to("/api/v1/openapi.json")
                                    .header("Accept-Encoding", "gzip")
                                    .build(),
                            BodyHandlers.ofByteArray());
            String plain =
                    served.get("/api/v1/openapi.json").headers().firstValue("ETag").orElseThrow();
            assertThat(zipped.headers().firstValue("Content-Encoding")).hasValue("gzip");
            assertThat(zipped.headers().firstValue("ETag")).hasValue("W/" + plain);
            var again =
                    served.send(
                            served.to("/api/v1/openapi.json")
                                    .header("If-None-Match", "W/" + plain));
            assertThat(again.statusCode()).isEqualTo(304);
        }
    }

    @Test
    void aPageOfLargeJobsEndsEarlyAndTheNextGoesOn() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            String payload = "\"" + "x".repeat(400_000) + "\"";
            for (int i = 0; i < 9; i++) {
                served.enqueue("{\"kind\":\"k\",\"payload\":" + (i < 3 ? "1" : payload) + "}");
            }
            int seen = 0;
            String next = "";
            while (seen < 9) {
                var page = served.get("/api/v1/jobs?state=available&limit=1000" + next);
                assertThat(page.body().length()).isLessThan(1_700_000);
                seen += Served.json(page).get("items").size();
                next = "&after=" + Served.json(page).get("next").asString();
            }
            assertThat(seen).isEqualTo(9);
            assertThat(Served.json(served.get("/api/v1/jobs?payload=no")).get("items")).hasSize(9);
        }
    }
}
