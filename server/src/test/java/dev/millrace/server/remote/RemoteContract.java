package dev.millrace.server.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.server.Main;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * What every worker that speaks the protocol does, with a real server on a real store: killed,
 * frozen, told to end, and while the server is killed and started again. A ledger that the walks
 * write says what they did.
 */
@Timeout(240)
abstract class RemoteContract {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int PAGES = 40;

    /** A walk in whose middle a worker is ended lasts some seconds after a few of its pages. */
    private static final int PAGE_MILLIS = 100;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Process> processes = new ArrayList<>();
    @TempDir Path directory;
    private Path ledger;
    private int port;
    private Process server;

    /** The store on which servers are started. */
    abstract String store(Path directory);

    /** The command of a worker that walks. */
    abstract List<String> worker(String url);

    @BeforeEach
    void serve() throws Exception {
        ledger = directory.resolve("ledger");
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        server = startServer();
    }

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (Process process : processes.reversed()) {
            process.destroyForcibly().waitFor();
        }
        client.shutdownNow();
    }

    private Process startServer() throws Exception {
        var process =
                start(
                        "server" + processes.size(),
                        List.of(
                                java(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                "web",
                                "--port=" + port,
                                "--store=" + store(directory)));
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !process.isAlive() || answers("/health/ready"));
        assertThat(process.isAlive()).as("the server").isTrue();
        return process;
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private Process start(String name, List<String> command) throws IOException {
        var process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log(name).toFile())
                        .start();
        processes.add(process);
        return process;
    }

    private Path log(String name) {
        return directory.resolve(name + ".log");
    }

    private Process startWorker(String name) throws IOException {
        return start(name, worker("http://127.0.0.1:" + port));
    }

    private boolean answers(String path) throws InterruptedException {
        try {
            return client.send(request(path).build(), BodyHandlers.ofString()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60));
    }

    private JsonNode get(String path) throws Exception {
        return JSON.readTree(client.send(request(path).build(), BodyHandlers.ofString()).body());
    }

    private long walk(int pages, int pageMillis) throws Exception {
        var answer =
                client.send(
                        request("/api/v1/jobs")
                                .header("Content-Type", "application/json")
                                .POST(
                                        BodyPublishers.ofString(
                                                """
                                                {"kind": "walk", "queue": "walks", "payload":
                                                 {"pages": %d, "pageMillis": %d, "ledger": "%s"}}
                                                """
                                                        .formatted(pages, pageMillis, ledger)))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return JSON.readTree(answer.body()).get("id").asLong();
    }

    private List<String> lines() throws IOException {
        return Files.exists(ledger) ? Files.readAllLines(ledger) : List.of();
    }

    private List<Integer> pages(long job) throws IOException {
        String prefix = job + " ";
        return lines().stream()
                .filter(line -> line.startsWith(prefix))
                .map(line -> Integer.valueOf(line.substring(prefix.length())))
                .toList();
    }

    private void awaitPages(long job, int count) {
        await().atMost(Duration.ofSeconds(60)).until(() -> pages(job).size() >= count);
    }

    private JsonNode completed(long job) throws Exception {
        var shown = get("/api/v1/jobs/" + job + "?wait=60s");
        assertThat(shown.get("state").asString()).as("%s", shown).isEqualTo("completed");
        return shown;
    }

    private static List<Integer> all(int pages) {
        return IntStream.range(0, pages).boxed().toList();
    }

    @Test
    void whatAKilledWorkerWalkedIsWalkedOnByAnotherFromItsCheckpoint() throws Exception {
        long job = walk(PAGES, PAGE_MILLIS);
        var first = startWorker("first");
        awaitPages(job, 4);
        first.destroyForcibly().waitFor();
        int before = pages(job).size();
        assertThat(before).isLessThan(PAGES);
        startWorker("second");
        var shown = completed(job);
        assertThat(shown.get("result").get("first").asInt()).isBetween(before - 1, before);
        assertThat(pages(job)).containsAll(all(PAGES)).isSorted();
        assertThat(pages(job).size() - PAGES).as("pages done twice by one kill").isBetween(0, 1);
        assertThat(shown.get("attempts").get(0).get("outcome").asString()).isEqualTo("rescued");
    }

    @Test
    void whatAFrozenWorkerSaysLateIsRefused() throws Exception {
        long job = walk(PAGES, PAGE_MILLIS);
        var first = startWorker("first");
        awaitPages(job, 4);
        signal("STOP", first);
        startWorker("second");
        var shown = completed(job);
        int first0 = shown.get("result").get("first").asInt();
        assertThat(first0).isGreaterThan(0);
        signal("CONT", first);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> Files.readString(log("first")).contains("stopped"));
        var after = get("/api/v1/jobs/" + job);
        assertThat(after.get("state").asString()).isEqualTo("completed");
        assertThat(after.get("result").get("first").asInt()).isEqualTo(first0);
        assertThat(after.get("checkpoint").toString()).contains(Integer.toString(PAGES));
        assertThat(pages(job)).containsAll(all(PAGES));
        assertThat(pages(job).size() - PAGES)
                .as("the page in hand, once done by each")
                .isBetween(0, 2);
    }

    private static void signal(String name, Process process) throws Exception {
        var kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    @Test
    void nothingIsLostWhenTheServerIsKilledUnderLoadAndStartedAgain() throws Exception {
        var jobs = new ArrayList<Long>();
        for (int i = 0; i < 60; i++) {
            jobs.add(walk(5, 20));
        }
        startWorker("first");
        startWorker("second");
        await().atMost(Duration.ofSeconds(60)).until(() -> lines().size() >= 40);
        server.destroyForcibly().waitFor();
        server = startServer();
        Map<Long, TreeSet<Integer>> done = new HashMap<>();
        for (long job : jobs) {
            completed(job);
            done.put(job, new TreeSet<>(pages(job)));
        }
        assertThat(done.values()).allMatch(each -> each.equals(new TreeSet<>(all(5))));
    }

    @Test
    void aWorkerToldToEndHandsItsWorkBackAndSignsOff() throws Exception {
        long job = walk(100_000, 50);
        var first = startWorker("first");
        awaitPages(job, 3);
        first.destroy();
        assertThat(first.waitFor(60, TimeUnit.SECONDS)).as("it ended").isTrue();
        var shown = get("/api/v1/jobs/" + job);
        assertThat(shown.get("state").asString()).isEqualTo("available");
        assertThat(shown.get("attempt").asInt()).isEqualTo(1);
        assertThat(shown.get("checkpoint").toString()).contains("page");
        assertThat(get("/api/v1/workers").get("items").size()).isZero();
    }
}
