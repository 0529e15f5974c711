package dev.millrace.server.remote;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The least that a worker must do, spoken raw: registers, beats, claims with long waits, walks the
 * pages that its jobs name and keeps a checkpoint after each. Told to end it hands its jobs back.
 */
final class RawWorker {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int SLOTS = 8;

    private final HttpClient client = HttpClient.newHttpClient();
    private final String base;
    private final Map<Long, String> held = new ConcurrentHashMap<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch never = new CountDownLatch(1);
    private volatile String worker = "";
    private volatile int settled;

    private RawWorker(String url) {
        this.base = url + "/api/v1/work/";
    }

    /** Works until it is killed or told to end. */
    public static void main(String[] args) throws Exception {
        var raw = new RawWorker(args[0]);
        var ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> {
                            raw.stop.countDown();
                            try {
                                ended.await(20, TimeUnit.SECONDS);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        }));
        raw.work();
        ended.countDown();
    }

    private void work() throws Exception {
        worker =
                say("register", "{\"name\":\"raw\",\"queues\":{\"walks\":8},\"lease\":\"5s\"}")
                        .get("worker")
                        .asString();
        Thread.ofPlatform().daemon().start(this::beat);
        for (int request = 1; stop.getCount() > 0; request++) {
            int free = SLOTS - held.size();
            if (free == 0) {
                stop.await(20, TimeUnit.MILLISECONDS);
                continue;
            }
            var given =
                    say(
                            "claim",
                            ("{\"worker\":\"%s\",\"request\":%d,\"queues\":{\"walks\":%d},"
                                            + "\"wait\":\"1s\",\"kinds\":{\"walk\":[1]}}")
                                    .formatted(worker, request, free));
            for (JsonNode job : given.get("jobs")) {
                held.put(job.get("id").asLong(), job.get("token").asString());
                Thread.ofVirtual().start(() -> run(job));
            }
            settled = request + 1;
        }
        while (!held.isEmpty() && !never.await(20, TimeUnit.MILLISECONDS)) {
            // each hands its job back
        }
        say("leave", "{\"worker\":\"%s\"}".formatted(worker));
    }

    private void beat() {
        try {
            // also while it hands its jobs back: leaving ends it
            while (!never.await(1, TimeUnit.SECONDS)) {
                String jobs =
                        held.entrySet().stream()
                                .map(e -> "\"%d\":\"%s\"".formatted(e.getKey(), e.getValue()))
                                .collect(Collectors.joining(","));
                if (isLost(jobs)) {
                    System.out.println("lost: this worker was declared dead");
                    return;
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts it", e);
        }
    }

    private boolean isLost(String jobs) throws InterruptedException {
        try {
            String body = "{\"worker\":\"%s\",\"settled\":%d,\"jobs\":{%s}}";
            return send("heartbeat", body.formatted(worker, settled, jobs)).statusCode() == 409;
        } catch (IOException e) {
            // the next one says it all again
            return false;
        }
    }

    private void run(JsonNode job) {
        long id = job.get("id").asLong();
        String token = job.get("token").asString();
        try {
            var payload = job.get("payload");
            int first = job.has("checkpoint") ? job.get("checkpoint").get("page").asInt() : 0;
            int pages = payload.get("pages").asInt();
            for (int page = first; page < pages; page++) {
                if (stop.await(payload.get("pageMillis").asInt(), TimeUnit.MILLISECONDS)) {
                    say(id + "/release", "{\"token\":\"%s\"}".formatted(token));
                    return;
                }
                Files.writeString(
                        Path.of(payload.get("ledger").asString()),
                        id + " " + page + "\n",
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
                say(
                        id + "/checkpoint",
                        "{\"token\":\"%s\",\"checkpoint\":{\"page\":%d}}"
                                .formatted(token, page + 1));
            }
            say(
                    id + "/complete",
                    "{\"token\":\"%s\",\"result\":{\"pages\":%d,\"first\":%d}}"
                            .formatted(token, pages, first));
        } catch (IllegalStateException e) {
            System.out.println("stopped: " + e.getMessage());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            held.remove(id, token);
        }
    }

    /** Says it until the server answers; a refusal ends it. */
    private JsonNode say(String what, String body) throws InterruptedException {
        while (true) {
            try {
                var answer = send(what, body);
                if (answer.statusCode() < 300) {
                    return answer.body().isEmpty()
                            ? JSON.createObjectNode()
                            : JSON.readTree(answer.body());
                }
                if (answer.statusCode() < 500 && answer.statusCode() != 429) {
                    throw new IllegalStateException(answer.statusCode() + " " + answer.body());
                }
            } catch (IOException e) {
                // away: it is asked again
            }
            if (never.await(100, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("nobody counts it down");
            }
        }
    }

    private HttpResponse<String> send(String what, String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(base + what))
                        .timeout(Duration.ofSeconds(30))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }
}
