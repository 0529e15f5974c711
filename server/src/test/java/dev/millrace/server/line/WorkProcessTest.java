package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.millrace.server.Main;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** {@code work} as a process of its own, killed and told to end. */
@Timeout(180)
class WorkProcessTest {
    /** So many that cancelling them takes some seconds. */
    private static final int MANY = 300_000;

    private final List<Process> processes = new ArrayList<>();
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
    }

    private Process work(String log, String... more) throws IOException {
        var args = new ArrayList<>(List.of("work", "--app=demo"));
        args.addAll(List.of(more));
        Path file = directory.resolve(log);
        var process = start(file, args.toArray(String[]::new));
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !process.isAlive() || Files.readString(file).contains("Ctrl-C"));
        return process;
    }

    private Process start(Path log, String... args) throws IOException {
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
                                "--store=sqlite:" + directory.resolve("jobs.db")));
        command.addAll(List.of(args));
        var process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        processes.add(process);
        return process;
    }

    private int lines(Path ledger) throws IOException {
        return Files.exists(ledger) ? Files.readAllLines(ledger).size() : 0;
    }

    @Test
    void whatAKilledWorkerRanIsRunByTheNextOne() throws Exception {
        Path ledger = directory.resolve("ledger");
        var first = work("first.log");
        var sleeping = shell.run("enqueue", "demo.sleep", "{\"millis\": 8000}").out().strip();
        var bulk = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            bulk.append("{\"kind\":\"demo.append\",\"delay\":\"%dms\",".formatted(i * 200))
                    .append(
                            "\"payload\":{\"file\":\"%s\",\"line\":\"%d\"}}\n"
                                    .formatted(ledger, i));
        }
        shell.input(bulk.toString()).run("enqueue", "--bulk", "-");
        await().atMost(Duration.ofSeconds(60)).until(() -> lines(ledger) >= 3);
        assertThat(shell.run("jobs", "show", sleeping).out()).contains("running");
        first.destroyForcibly().waitFor();
        assertThat(lines(ledger)).isLessThan(50);

        work("second.log");
        var waited = shell.run("jobs", "wait", sleeping, "--timeout", "60s");
        assertThat(waited.out()).isEqualTo(sleeping + " completed\n");
        assertThat(shell.run("jobs", "show", sleeping, "--json").out())
                .contains("\"outcome\":\"rescued\"", "\"outcome\":\"completed\"");
        await().atMost(Duration.ofSeconds(60)).until(() -> lines(ledger) >= 50);
        assertThat(Files.readAllLines(ledger).stream().distinct()).hasSize(50);
    }

    @Test
    void aWalkGoesOnWithThePageInHandWhenItsWorkerIsKilled() throws Exception {
        Path ledger = directory.resolve("ledger");
        var walk =
                shell.run(
                                "enqueue",
                                "demo.walk",
                                "{\"pages\":60,\"pageMillis\":150,\"ledger\":\"%s\"}"
                                        .formatted(ledger))
                        .out()
                        .strip();
        for (int kill = 1; kill <= 2; kill++) {
            var worker = work("killed%d.log".formatted(kill));
            int enough = kill * 10;
            await().atMost(Duration.ofSeconds(60)).until(() -> lines(ledger) >= enough);
            worker.destroyForcibly().waitFor();
        }
        assertThat(lines(ledger)).isLessThan(60);
        work("last.log");
        var waited = shell.run("jobs", "wait", walk, "--timeout", "60s");
        assertThat(waited.out()).isEqualTo(walk + " completed\n");
        var pages = Files.readAllLines(ledger).stream().map(Integer::valueOf).toList();
        assertThat(pages)
                .as("no page is skipped")
                .containsAll(IntStream.rangeClosed(1, 60).boxed().toList());
        assertThat(pages.size() - 60).as("pages done twice, by two kills").isBetween(0, 2);
        assertThat(pages).as("never far back").isSorted();
        assertThat(shell.run("jobs", "show", walk, "--json").out())
                .contains("\"attempt\":1,", "\"outcome\":\"rescued\"");
    }

    @Test
    void aSignalLetsRunningJobsEndAndNothingIsLeftBehind() throws Exception {
        var worker = work("worker.log");
        var sleeping = shell.run("enqueue", "demo.sleep", "{\"millis\": 6000}").out().strip();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> shell.run("jobs", "show", sleeping).out().contains("running"));
        worker.destroy();
        assertThat(worker.waitFor(60, SECONDS)).isTrue();
        assertThat(worker.exitValue()).isEqualTo(143);
        assertThat(directory.resolve("worker.log")).content().contains("draining", "drained");
        assertThat(shell.run("jobs", "show", sleeping).out()).contains("completed");
        assertThat(shell.run("workers", "list", "--json").out()).isEmpty();
    }

    @Test
    void whatDoesNotEndInTimeGoesBackUnspent() throws Exception {
        var worker = work("worker.log", "--drain=0");
        var sleeping = shell.run("enqueue", "demo.sleep", "{\"millis\": 600000}").out().strip();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> shell.run("jobs", "show", sleeping).out().contains("running"));
        worker.destroy();
        assertThat(worker.waitFor(60, SECONDS)).isTrue();
        assertThat(shell.run("jobs", "show", sleeping, "--json").out())
                .contains("\"state\":\"available\"", "\"attempt\":1,", "\"interrupted\"");
    }

    @Test
    void aRunningJobOfAnotherProcessIsCancelled() throws Exception {
        work("worker.log");
        var sleeping = shell.run("enqueue", "demo.sleep", "{\"millis\": 600000}").out().strip();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> shell.run("jobs", "show", sleeping).out().contains("running"));
        var cancelled = shell.run("jobs", "cancel", sleeping, "--reason", "not today", "--json");
        assertThat(cancelled.out())
                .isEqualTo(
                        "{\"id\":%s,\"found\":\"running\",\"cancelled\":false,\"asked\":true}\n"
                                .formatted(sleeping));
        assertThat(cancelled.code()).isZero();
        var waited = shell.run("jobs", "wait", sleeping, "--timeout", "60s");
        assertThat(waited.out()).isEqualTo(sleeping + " cancelled\n");
        assertThat(waited.code()).isEqualTo(1);
        assertThat(shell.run("jobs", "show", sleeping, "--json").out())
                .contains("\"state\":\"cancelled\"", "\"outcome\":\"cancelled\"");
        var next = shell.run("enqueue", "demo.noop").out().strip();
        assertThat(shell.run("jobs", "wait", next).out()).isEqualTo(next + " completed\n");
    }

    @Test
    void aSignalStopsABulkActionWhichSaysHowFarItCame() throws Exception {
        shell.input("{\"kind\":\"a\"}\n".repeat(MANY)).run("enqueue", "--bulk", "-");
        Path log = directory.resolve("cancel.log");
        var action = start(log, "jobs", "cancel", "--all", "--yes");
        try (var other =
                        DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("jobs.db"));
                var statement = other.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 60000");
            await().atMost(Duration.ofSeconds(60)).until(() -> holdsAfterBegin(statement));
            // not INT, which a process ignores when one before it was started in the background
            new ProcessBuilder("kill", "-TERM", Long.toString(action.pid())).start().waitFor();
            statement.execute("ROLLBACK");
        }
        assertThat(action.waitFor(60, SECONDS)).isTrue();
        assertThat(action.exitValue()).isEqualTo(143);
        assertThat(log)
                .content()
                .containsPattern("stopped: (\\d+) of at least 10000 looked at, \\1 cancelled");
        assertThat(shell.run("jobs", "list", "--state=available", "--limit=1", "--json").lines())
                .hasSize(1);
    }

    /** Keeps the file's writer to itself if some of the jobs are cancelled, and not all. */
    private static boolean holdsAfterBegin(Statement statement) throws SQLException {
        statement.execute("BEGIN IMMEDIATE");
        try (var rows = statement.executeQuery("SELECT count(*) FROM available")) {
            int left = rows.getInt(1);
            if (left > 0 && left < MANY) {
                return true;
            }
        }
        statement.execute("ROLLBACK");
        return false;
    }
}
