package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Server-sent events. */
@Timeout(60)
class EventsTest {
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final Served served =
            new Served(
                    new MemoryStore(),
                    builder ->
                            builder.handle(
                                    Task.named("held", RawJson.class),
                                    (payload, job) -> {
                                        mayEnd.await();
                                        return null;
                                    }),
                    settings ->
                            settings.times(
                                    Duration.ofSeconds(5),
                                    Duration.ofMillis(100),
                                    Duration.ofSeconds(5)));

    @AfterEach
    void close() {
        mayEnd.countDown();
        served.close();
    }

    private record Sse(String id, String type, String data) {}

    private BufferedReader open(String path, String lastId) throws Exception {
        HttpRequest.Builder request = served.to(path);
        if (!lastId.isEmpty()) {
            request.header("Last-Event-ID", lastId);
        }
        var answer = served.client.send(request.build(), BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    /** Reads events until one of the type has the text in its data. */
    private static Sse until(BufferedReader in, String type, String text) throws IOException {
        String id = "";
        String seen = "";
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                seen = line.substring(7);
            } else if (line.startsWith("data: ") && seen.equals(type) && line.contains(text)) {
                return new Sse(id, seen, line.substring(6));
            }
        }
        throw new AssertionError("the stream ended before " + type + " with " + text);
    }

    @Test
    void aStreamOfEverythingShowsQueuesWorkersAndTheChangesOfJobs() throws Exception {
        try (var in = open("/api/v1/events", "")) {
            until(in, "workers", "alive");
            long id = Served.json(served.enqueue("{\"kind\":\"held\"}")).get("id").asLong();
            until(in, "job", "\"id\":" + id + ",");
            var queues = until(in, "queues", "\"queue\":\"default\"");
            assertThat(queues.id()).isNotEmpty();
            mayEnd.countDown();
            until(in, "job", "completed");
        }
    }

    @Test
    void aStreamSaysWhatEndedInThisProcessAndWhereJobsLive() throws Exception {
        try (var in = open("/api/v1/events", "")) {
            assertThat(until(in, "tally", "\"recent\"").data()).contains("\"worker\":true");
            assertThat(until(in, "store", "memory").data()).contains("\"durability\"");
            served.enqueue("{\"kind\":\"held\"}");
            mayEnd.countDown();
            until(in, "tally", "\"completed\":1,\"failed\":0");
            served.enqueue("{\"kind\":\"held\",\"payload\":7,\"maxAttempts\":1}");
            until(in, "tally", "\"completed\":2");
        }
    }

    @Test
    void whoComesBackGetsWhatWasMissed() throws Exception {
        try (var other = open("/api/v1/events", "")) {
            var first = until(other, "workers", "alive");
            long id =
                    Served.json(served.enqueue("{\"kind\":\"x\",\"queue\":\"q\"}"))
                            .get("id")
                            .asLong();
            var job = until(other, "job", "\"id\":" + id + ",");
            try (var again = open("/api/v1/events", first.id())) {
                assertThat(until(again, "job", "\"id\":" + id + ",")).isEqualTo(job);
            }
        }
    }

    @Test
    void aStreamOfOneJobEndsWithIt() throws Exception {
        long id = Served.json(served.enqueue("{\"kind\":\"held\"}")).get("id").asLong();
        String path = "/api/v1/jobs/" + id + "/events";
        try (var in = open(path, "")) {
            until(in, "job", "\"id\":" + id);
            mayEnd.countDown();
            var last = until(in, "job", "completed");
            assertThat(in.lines().filter(line -> line.startsWith("event:"))).isEmpty();
            var done = served.send(served.to(path).header("Last-Event-ID", last.id()));
            assertThat(done.statusCode()).isEqualTo(204);
        }
    }

    @Test
    void aClientThatIsGoneIsNoticed() throws Exception {
        var sockets = new ArrayList<Socket>();
        for (String path : List.of("/api/v1/events", "/api/v1/events")) {
            var socket = new Socket("127.0.0.1", served.web.port());
            sockets.add(socket);
            socket.getOutputStream()
                    .write(
                            ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
        }
        await().until(() -> served.web.requests() == 2);
        for (Socket socket : sockets) {
            socket.close();
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> served.web.requests() == 0);
    }

    @Test
    void stoppingEndsStreams() throws Exception {
        try (var in = open("/api/v1/events", "")) {
            until(in, "workers", "alive");
            served.web.close();
            assertThat(in.lines()).isNotNull().allMatch(line -> line != null);
        }
        assertThat(served.web.requests()).isZero();
    }
}
