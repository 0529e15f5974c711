package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;

/** Queues, workers, schema, machine and the program itself. */
@Timeout(180)
class LookLineTest {
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    @Test
    void queuesAndWorkersAreListed() throws Exception {
        assertThat(shell.run("queues", "list").err()).contains("no queue has had a job yet");
        assertThat(shell.run("workers", "list").err()).contains("no worker is registered");
        shell.run("enqueue", "a", "--queue=mail");
        shell.run("enqueue", "a", "--queue=mail", "--delay=1h");
        try (var worker =
                new Working(
                        shell,
                        "work",
                        "--app=demo",
                        "--queues=default,mail:5",
                        "--name=w1",
                        "--no-leader")) {
            assertThat(shell.run("queues", "list", "--json").out())
                    .contains(
                            "{\"queue\":\"mail\",\"available\":1,\"blocked\":0,\"scheduled\":1,"
                                    + "\"running\":0,\"discarded\":0,",
                            "\"paused\":false,\"limit\":null,\"workers\":1}");
            assertThat(shell.run("queues", "list").lines().getFirst())
                    .isEqualTo(
                            "QUEUE  AVAILABLE  SCHEDULED  RUNNING  DISCARDED  OLDEST  WORKERS "
                                    + " LIMIT  PAUSED");
            assertThat(shell.run("workers", "list", "--json").out())
                    .contains("\"name\":\"w1\"", "\"state\":\"alive\"")
                    .contains("\"queues\":{\"default\":64,\"mail\":5}");
            assertThat(shell.run("workers", "list").out()).contains("w1", "default:64,mail:5");
            worker.stop();
        }
        assertThat(shell.run("workers", "list", "--json").out()).isEmpty();
    }

    @Test
    void scaleSaysWhatEachQueueWants() throws Exception {
        assertThat(shell.run("scale").err()).contains("no queue has had a job yet");
        for (int i = 0; i < 30; i++) {
            shell.run("enqueue", "a", "--queue=mail");
        }
        assertThat(shell.run("scale", "--target-wait=1s", "--json").out())
                .contains("{\"queue\":\"mail\",\"wantedWorkers\":1,\"workers\":0,\"slots\":0,")
                .contains("\"available\":30,\"due\":0,")
                .contains("\"averageRunSeconds\":null,\"paused\":false,\"limit\":null}");
        try (var worker =
                new Working(shell, "work", "--app=demo", "--queues=mail:2", "--name=w1")) {
            assertThat(shell.run("scale", "--target-wait=1s", "--json").out())
                    .contains(
                            "{\"queue\":\"mail\",\"wantedWorkers\":16,\"workers\":1,\"slots\":2,");
            assertThat(shell.run("scale").lines().getFirst())
                    .startsWith("QUEUE  WANTED  WORKERS  SLOTS  RUNNING  AVAILABLE  DUE  OLDEST")
                    .endsWith("IN/S  DONE/S  RUN");
            worker.stop();
        }
    }

    @Test
    void aWorkerInAnotherProcessIsDrained() throws Exception {
        try (var worker =
                new Working(shell, "work", "--app=demo", "--queues=default", "--name=w1")) {
            String line = shell.run("workers", "list", "--json").out();
            String id = line.replaceAll("(?s).*?\"id\":(\\d+),.*", "$1");
            assertThat(shell.run("workers", "drain", id).out())
                    .contains("worker " + id + " drains");
            assertThat(shell.run("workers", "list", "--json").out())
                    .contains("\"state\":\"draining\"");
            assertThat(shell.run("workers", "drain", "4711").code()).isEqualTo(1);
            worker.stop();
        }
    }

    @Test
    void jobsAreSearchedAndFailuresGrouped() throws Exception {
        shell.run("enqueue", "a", "{\"n\":1}", "--queue=mail");
        shell.run("enqueue", "a", "{\"n\":2}", "--queue=mail", "--unique=order:2");
        assertThat(shell.run("jobs", "list", "--q=payload.n:2", "--json").lines()).hasSize(1);
        assertThat(shell.run("jobs", "list", "--q=\"order:2\"", "--json").lines()).hasSize(1);
        assertThat(shell.run("jobs", "list", "--q=queue:mail", "--json").lines()).hasSize(2);
        var refused = shell.run("jobs", "list", "--q=order:2");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("quotes make it a plain word");
        assertThat(shell.run("jobs", "errors").err()).contains("no discarded jobs");
        assertThat(shell.run("jobs", "errors", "--limit=0").code()).isEqualTo(2);
    }

    @Test
    void migrateChecksPrintsAndMigrates() {
        assertThat(shell.run("migrate", "--check").code()).isEqualTo(1);
        assertThat(shell.run("migrate", "--print").out()).containsIgnoringCase("create table");
        assertThat(directory.resolve("jobs.db")).doesNotExist();
        assertThat(shell.run("migrate").out()).contains("migrated");
        assertThat(shell.run("migrate").out()).contains("was up to date");
        assertThat(shell.run("migrate", "--check", "--json").code()).isZero();
        assertThat(shell.run("migrate", "--print").out()).isEmpty();
    }

    @Test
    void theDoctorCreatesNothingAndSaysWhatToDo() {
        var before = shell.run("doctor");
        assertThat(before.code()).isZero();
        assertThat(before.out()).contains("warn  schema      no store there yet", "-> the first");
        assertThat(directory.resolve("jobs.db")).doesNotExist();
        shell.run("migrate");
        var after = shell.run("doctor", "--json");
        assertThat(after.lines())
                .anyMatch(line -> line.startsWith("{\"check\":\"jdk\",\"status\":\"ok\""))
                .anyMatch(line -> line.startsWith("{\"check\":\"store\",\"status\":\"ok\""))
                .anyMatch(line -> line.contains("\"a receipt means disk\""))
                .anyMatch(line -> line.contains("\"advice\":\"start one: millrace work"));
    }

    @Test
    void theDoctorSaysThatAStoreIsOutOfReach() throws Exception {
        Path file = Files.writeString(directory.resolve("plain"), "no database, only text");
        var answer = shell.run("doctor", "--store", "sqlite:" + file);
        assertThat(answer.out()).contains("fail  store");
        assertThat(answer.code()).isEqualTo(3);
    }

    @Test
    void benchMeasuresAndLeavesNothingBehind() throws Exception {
        var answer = shell.run("bench", "--json");
        assertThat(answer.code()).as(answer.err()).isZero();
        assertThat(answer.lines())
                .hasSize(6)
                .allMatch(
                        line -> line.startsWith("{\"engine\":\"sqlite\",\"durability\":\"disk\""));
        try (var files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void versionAndCompletionArePrinted() {
        assertThat(shell.run("version").out()).startsWith("millrace ").contains("java 2");
        assertThat(shell.run("version", "--json").out()).contains("\"java\":");
        assertThat(shell.run("generate-completion").out())
                .contains("complete -F", "enqueue")
                .contains("--idempotency-key", "debounce", "--retain", "limit");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "work",
                "enqueue",
                "jobs",
                "jobs list",
                "jobs show",
                "jobs wait",
                "jobs cancel",
                "jobs retry",
                "jobs delete",
                "queues list",
                "queues pause",
                "queues resume",
                "queues limit",
                "workers list",
                "workers drain",
                "jobs errors",
                "scale",
                "migrate",
                "doctor",
                "bench",
                "version",
                "demo"
            })
    void everyCommandHelps(String command) {
        var answer = shell.run((command + " --help").strip().split(" ", -1));
        assertThat(answer.code()).isZero();
        assertThat(answer.out()).startsWith("Usage: millrace " + command).contains("--store=URL");
    }

    @Test
    void withoutACommandItSaysWhatIsMissing() {
        var answer = shell.run();
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.err()).contains("expected a command, got none").contains("--help");
    }
}
