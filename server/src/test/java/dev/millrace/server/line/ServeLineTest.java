package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.millrace.server.Main;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code serve} and {@code web}, on SQLite. */
@Timeout(180)
class ServeLineTest {
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    @Test
    void oneProcessTakesJobsOverHttpAndRunsThem() throws Exception {
        try (var serving = new Working(shell, "serve", "--port=0", "--app=demo");
                var http = new Http(serving.out())) {
            assertThat(serving.out().lines().findFirst().orElseThrow())
                    .startsWith("serving http://127.0.0.1:");
            var accepted =
                    http.enqueue(
                            "{\"kind\": \"demo.echo\", \"payload\": {\"n\":"
                                    + " 12345678901234567890}}");
            assertThat(accepted.statusCode()).isEqualTo(201);
            String location = accepted.headers().firstValue("Location").orElseThrow();
            var ended = http.get(location + "?wait=30s");
            assertThat(ended.body())
                    .contains(
                            "\"state\":\"completed\"", "\"result\":{\"n\": 12345678901234567890}");
            String id = location.substring(location.lastIndexOf('/') + 1);
            assertThat(shell.run("jobs", "show", id, "--json").out().strip())
                    .isEqualTo(http.get(location).body());
            assertThat(http.get("/health/ready").body()).contains("\"engine\":\"sqlite\"");
            var stopped = serving.stop();
            assertThat(stopped.code()).isZero();
            assertThat(stopped.out()).endsWith("drained\n");
        }
    }

    @Test
    void aWebProcessRunsNoJobs() throws Exception {
        try (var serving =
                        new Working(
                                shell,
                                "web",
                                "--port=0",
                                "--json",
                                "--queue-durability=default=os,feed=memory");
                var http = new Http(serving.out())) {
            assertThat(serving.out())
                    .contains("\"event\":\"serving\"", "\"roles\":[\"web\"]", "\"worker\":null");
            assertThat(http.enqueue("{\"kind\": \"demo.noop\"}").body())
                    .contains("\"reason\":\"no-worker\"");
            assertThat(shell.run("workers", "list", "--json").out()).isEmpty();
            try (var worker = new Working(shell, "work", "--app=demo")) {
                assertThat(worker.out()).contains("worker");
                assertThat(http.get("/api/v1/jobs/1?wait=30s").body()).contains("completed");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve --host 0.0.0.0 | while no users and no tokens are configured",
                "web --host example.invalid | host must be a loopback address",
                "serve --port 70000 | port must be 0 to 65535, got 70000",
                "serve --roles web,boss | --roles must name some of web,worker,leader",
                "serve --roles web --app demo | are for the role worker, got --roles web",
                "serve --roles worker --port 0 | are for the role web, got --roles worker",
                "web --app demo | unknown option '--app'",
                "web --queue-durability a=paper | durability must be memory, os or disk, got"
                        + " 'paper'",
                "serve --queue-durability a=os,a=disk | must give each name once, got 'a' twice",
                "serve --roles worker --queue-durability a=os | are for the role web",
            })
    void whatCannotBeServedIsRefusedBeforeAnythingStarts(String line, String says) {
        var answer = shell.run(line.split(" "));
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.err()).contains(says);
        assertThat(directory.resolve("jobs.db")).doesNotExist();
    }

    /** More of them than this machine has processors. */
    @Test
    void jobsThatComputeOnAllSlotsKeepNoRequestOut() throws Exception {
        Path log = directory.resolve("serve.log");
        int slots = Runtime.getRuntime().availableProcessors() * 4;
        var process =
                serving(
                        log,
                        "--app=" + BurningApp.class.getName(),
                        "--queues=default:" + slots,
                        "--drain=0s");
        try {
            awaitReady(process, log);
            try (var http = new Http(Files.readString(log))) {
                for (int i = 0; i < slots; i++) {
                    assertThat(http.enqueue("{\"kind\": \"burn\"}").statusCode()).isEqualTo(201);
                }
                await().atMost(Duration.ofSeconds(60))
                        .until(() ->
                                http.get("/api/v1/queues").body().contains("\"running\":" + slots));
                assertThat(http.enqueue("{\"kind\": \"burn\"}").statusCode()).isEqualTo(201);
                assertThat(http.get("/api/v1/jobs/1").statusCode()).isEqualTo(200);
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private Process serving(Path log, String... more) throws IOException {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                "serve",
                                "--port=0",
                                "--store=sqlite:" + directory.resolve("jobs.db")));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private static void awaitReady(Process process, Path log) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !process.isAlive() || Files.readString(log).contains("Ctrl-C drains"));
    }

    @Test
    void aSignalDrainsWebAndWorker() throws Exception {
        Path log = directory.resolve("serve.log");
        var process = serving(log, "--app=demo");
        try {
            awaitReady(process, log);
            try (var http = new Http(Files.readString(log))) {
                var accepted =
                        http.enqueue("{\"kind\": \"demo.sleep\", \"payload\": {\"millis\": 2000}}");
                assertThat(accepted.statusCode()).isEqualTo(201);
                process.destroy();
                assertThat(process.waitFor(60, SECONDS)).isTrue();
                assertThat(process.exitValue()).isEqualTo(143);
                assertThat(log).content().contains("draining; ", "drained");
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(shell.run("workers", "list", "--json").out()).isEmpty();
    }
}
