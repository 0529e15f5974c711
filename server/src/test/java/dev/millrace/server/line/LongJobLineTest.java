package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Jobs that run long, as the command line shows them. */
@Timeout(120)
class LongJobLineTest {
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    @Test
    void aWalkIsShownWithItsProgressItsCheckpointAndItsStack() throws Exception {
        Path ledger = directory.resolve("ledger");
        String slow =
                shell.run("enqueue", "demo.walk", "{\"pages\":100000,\"pageMillis\":20}")
                        .out()
                        .strip();
        String quick =
                shell.run(
                                "enqueue",
                                "demo.walk",
                                "{\"pages\":5,\"pageMillis\":0,\"ledger\":\"%s\"}"
                                        .formatted(ledger))
                        .out()
                        .strip();
        try (var working = new Working(shell, "work", "--app=demo")) {
            assertThat(shell.run("jobs", "wait", quick, "--timeout=30s").code()).isZero();
            assertThat(Files.readAllLines(ledger)).containsExactly("1", "2", "3", "4", "5");
            assertThat(shell.run("jobs", "show", quick).out())
                    .contains(
                            "progress  5 of 5 (100 %",
                            "page 5", "resumes   from {\"pages\":{\"pages\":5,\"next\":null}}");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> shell.run("jobs", "show", slow).out().contains("resumes"));
            assertThat(shell.run("jobs", "show", slow, "--stack").out())
                    .contains("stack at ", "DemoKinds.walk");
            assertThat(shell.run("jobs", "show", slow, "--json").lines().getFirst())
                    .contains("\"progress\":{\"done\":", "\"total\":100000");
            var bad = shell.run("jobs", "show", quick, "--stack");
            assertThat(bad.err()).contains("does not run");
            working.stop();
        }
        assertThat(shell.run("jobs", "show", slow).out())
                .as("the worker's stop did not spend the attempt")
                .contains("state     available", "attempt   1 of 10", "interrupted");
    }

    @Test
    void aSignalSentToUnknownOrEndedJobsIsRefusedAndABadOneToo() {
        String job = shell.run("enqueue", "demo.noop", "{}").out().strip();
        assertThat(shell.run("jobs", "signal", job, "go", "{\"a\":1}").out())
                .isEqualTo("%s was sent 'go'\n".formatted(job));
        var bad = shell.run("jobs", "signal", job, "go", "{\"a\":");
        assertThat(bad.code()).isEqualTo(2);
        assertThat(bad.err()).contains("signal 'go'", "JSON");
        assertThat(shell.run("jobs", "signal", job, "no way").code()).isEqualTo(2);
        var unknown = shell.run("jobs", "signal", "424242", "go");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("no job 424242");
        shell.run("jobs", "cancel", job);
        var ended = shell.run("jobs", "signal", job, "go");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).contains("is cancelled and is sent nothing");
    }
}
