package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/** Queues paused, resumed and limited for all processes, and why their jobs wait. */
@Timeout(120)
class ControlLineTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    @Test
    void nothingOfAPausedQueueRunsUntilItIsResumed() throws Exception {
        var paused = shell.run("queues", "pause", "mail");
        assertThat(paused.out()).isEqualTo("mail is paused, no limit\n");
        assertThat(paused.err()).contains("queue 'mail' has had no job yet");
        String id = shell.run("enqueue", "demo.noop", "--queue=mail").out().strip();
        String free = shell.run("enqueue", "demo.noop").out().strip();
        try (var worker = new Working(shell, "work", "--app=demo", "--queues=mail,default")) {
            assertThat(shell.run("jobs", "wait", free).code()).isZero();
            assertThat(shell.run("jobs", "show", id, "--json").out())
                    .contains("\"waiting\":{\"reason\":\"queue-paused\",");
            assertThat(shell.run("jobs", "list", "--queue=mail").out()).contains("queue-paused");
            assertThat(shell.run("queues", "list").lines())
                    .anyMatch(line -> line.startsWith("mail ") && line.endsWith(" paused"));
            assertThat(shell.run("queues", "resume", "mail", "--json").out())
                    .isEqualTo("{\"queue\":\"mail\",\"paused\":false,\"limit\":null}\n");
            assertThat(shell.run("jobs", "wait", id).code()).isZero();
            worker.stop();
        }
    }

    @Test
    void ratesAndWhatQueuesShareAreSetShownAndHeldUpByTheirNames() throws Exception {
        assertThat(shell.run("queues", "rate", "mail", "5/1s").out())
                .isEqualTo("mail is not paused, no limit\n  5/1s in all\n");
        assertThat(shell.run("queues", "limit", "mail", "3", "--shared", "weather").out())
                .endsWith("  5/1s in all\n  at most 3 of all that share weather\n");
        shell.run("queues", "rate", "mail", "none");
        shell.run("queues", "limit", "mail", "none", "--shared=weather");
        assertThat(shell.run("queues", "rate", "mail", "1/1d window", "--per-key=host").out())
                .endsWith("\n  1/1d window with the same host\n");
        assertThat(shell.run("queues", "rate", "mail", "2/1s", "--shared=weather", "--json").out())
                .isEqualTo(
                        "{\"queue\":\"mail\",\"paused\":false,\"limit\":null,\"perKey\":{},"
                                + "\"rates\":{\"host\":{\"kind\":\"window\",\"count\":1,"
                                + "\"per\":\"1d\"}},\"sharedRates\":{\"weather\":{"
                                + "\"kind\":\"bucket\",\"count\":2,\"per\":\"1s\"}}}\n");
        assertThat(shell.run("queues", "rate", "mail", "fast").err())
                .contains("a rate must read COUNT/TIME, such as 5/1s");
        String id =
                shell.run("enqueue", "demo.noop", "--queue=mail", "--key=host=h", "--weight=2")
                        .out()
                        .strip();
        try (var worker = new Working(shell, "work", "--app=demo", "--queues=mail")) {
            await().atMost(SOON)
                    .until(() ->
                            shell.run("jobs", "show", id)
                                    .out()
                                    .contains(
                                            "rate-limit: jobs of host=h of queue 'mail' may begin"
                                                    + " at most 1/1d window"));
            worker.stop();
        }
    }

    @Test
    void aLimitHoldsAndTheJobBehindItSaysSo() throws Exception {
        assertThat(shell.run("queues", "limit", "default", "1").out())
                .isEqualTo("default is not paused, at most 1 at once in all processes\n");
        String first = shell.run("enqueue", "demo.sleep", "{\"millis\": 600000}").out().strip();
        try (var worker = new Working(shell, "work", "--app=demo", "--drain=0")) {
            await().atMost(SOON).until(() -> state(first).contains("running"));
            String second = shell.run("enqueue", "demo.noop").out().strip();
            assertThat(shell.run("jobs", "show", second).out())
                    .contains(
                            "waiting   next: the limit of queue 'default' is used up: at most 1 may"
                                    + " run in all processes, 1 do");
            assertThat(shell.run("queues", "list", "--json").out())
                    .contains("\"paused\":false,\"limit\":1,");
            assertThat(shell.run("queues", "limit", "default", "none").out())
                    .isEqualTo("default is not paused, no limit\n");
            assertThat(shell.run("jobs", "wait", second).code()).isZero();
            assertThat(state(first)).contains("running");
            assertThat(shell.run("jobs", "cancel", first).out())
                    .isEqualTo(first + " asked to end (it is running)\n");
            assertThat(shell.run("jobs", "wait", first).out()).isEqualTo(first + " cancelled\n");
            worker.stop();
        }
    }

    @Test
    void jobsAreKeptForAsLongAsIsSaidOfTheirQueueAndOfDiscardedOnes() throws Exception {
        String kept = shell.run("enqueue", "demo.noop", "--queue=kept").out().strip();
        String gone = shell.run("enqueue", "demo.noop", "--queue=gone").out().strip();
        String failed =
                shell.run("enqueue", "demo.flaky", "{\"failures\": 1}", "--max-attempts=1")
                        .out()
                        .strip();
        try (var worker = new Working(shell, "work", "--app=demo", "--queues=default,kept,gone")) {
            assertThat(shell.run("jobs", "wait", kept, gone).code()).isZero();
            assertThat(shell.run("jobs", "wait", failed).out()).contains("discarded");
            worker.stop();
        }
        shell.clock(Clock.offset(Clock.systemUTC(), Duration.ofHours(1)));
        try (var worker = new Working(shell, "work", "--app=demo", "--retain=gone=30m,other=1m")) {
            await().atMost(SOON).until(() -> shell.run("jobs", "show", gone).code() == 1);
            assertThat(state(kept)).contains("completed");
            assertThat(state(failed)).contains("discarded");
            worker.stop();
        }
        try (var worker =
                new Working(
                        shell,
                        "work",
                        "--app=demo",
                        "--keep-finished=30m",
                        "--retain=kept=2h",
                        "--keep-discarded=30m")) {
            await().atMost(SOON).until(() -> shell.run("jobs", "show", failed).code() == 1);
            assertThat(state(kept)).contains("completed");
            worker.stop();
        }
    }

    @Test
    void ofAQueueOnlyTheNewestAreKept() throws Exception {
        String old = shell.run("enqueue", "demo.noop", "--queue=q").out().strip();
        String other = shell.run("enqueue", "demo.noop", "--queue=other").out().strip();
        runAll(old, other);
        shell.clock(Clock.offset(Clock.systemUTC(), Duration.ofMinutes(10)));
        String young = shell.run("enqueue", "demo.noop", "--queue=q").out().strip();
        runAll(young);
        try (var worker = new Working(shell, "work", "--app=demo", "--retain=q=1,other=1h")) {
            await().atMost(SOON).until(() -> shell.run("jobs", "show", old).code() == 1);
            assertThat(state(young)).contains("completed");
            assertThat(state(other)).contains("completed");
            worker.stop();
        }
        shell.clock(Clock.offset(Clock.systemUTC(), Duration.ofMinutes(20)));
        String next = shell.run("enqueue", "demo.noop", "--queue=other").out().strip();
        runAll(next);
        try (var worker = new Working(shell, "work", "--app=demo", "--keep-most=1")) {
            await().atMost(SOON).until(() -> shell.run("jobs", "show", other).code() == 1);
            assertThat(state(young)).contains("completed");
            assertThat(state(next)).contains("completed");
            worker.stop();
        }
    }

    private void runAll(String... ids) throws Exception {
        try (var worker = new Working(shell, "work", "--app=demo", "--queues=q,other")) {
            for (String id : ids) {
                assertThat(shell.run("jobs", "wait", id).code()).isZero();
            }
            worker.stop();
        }
    }

    private String state(String id) {
        return shell.run("jobs", "show", id).out();
    }
}
