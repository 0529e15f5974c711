package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.App;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.Task;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;

/** Jobs looked at, run, waited for and run again. */
@Timeout(120)
class JobsLineTest {
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    private String enqueue(String... more) {
        String[] args = new String[more.length + 1];
        args[0] = "enqueue";
        System.arraycopy(more, 0, args, 1, more.length);
        return shell.run(args).out().strip();
    }

    @Test
    void anEmptyStoreHasNoJobsAndThatIsNoMistake() {
        var answer = shell.run("jobs", "list", "--json");
        assertThat(answer.code()).isZero();
        assertThat(answer.out()).isEmpty();
        assertThat(shell.run("jobs", "list").err()).isEqualTo("millrace: no such jobs\n");
        assertThat(shell.run("jobs", "list", "--quiet").err()).isEmpty();
    }

    @Test
    void theDemosKindsDoWhatTheySayAndHistoryTellsIt() throws Exception {
        Path ledger = directory.resolve("ledger");
        String echo = enqueue("demo.echo", "{\"a\": 1.10}");
        String noop = enqueue("demo.noop");
        String sleep = enqueue("demo.sleep", "{\"millis\": 1}");
        String hang = enqueue("demo.hang", "{\"millis\": 1}");
        String append =
                enqueue("demo.append", "{\"file\": \"%s\", \"line\": \"é\"}".formatted(ledger));
        String flaky = enqueue("demo.flaky", "{\"failures\": 1}");
        String hopeless = enqueue("demo.flaky", "{\"failures\": 9}", "--max-attempts=1");
        String unknown = enqueue("no.such.kind");
        try (var worker = new Working(shell, "work", "--app", "demo")) {
            var waited =
                    shell.run("jobs", "wait", echo, noop, sleep, hang, append, flaky, "--json");
            assertThat(waited.code()).as(waited.err()).isZero();
            assertThat(waited.lines()).hasSize(6).allMatch(line -> line.contains("completed"));
            assertThat(waited.lines().getFirst()).endsWith("\"result\":{\"a\": 1.10}}");
            var failed = shell.run("jobs", "wait", hopeless);
            assertThat(failed.code()).isEqualTo(1);
            assertThat(failed.out()).isEqualTo(hopeless + " discarded\n");
            var late = shell.run("jobs", "wait", unknown, "--timeout", "10ms");
            assertThat(late.code()).isEqualTo(1);
            assertThat(late.err()).contains("has not ended within 10ms; it goes on");
            assertThat(shell.run("jobs", "show", unknown).out())
                    .contains(
                            "no-worker: none of the live workers of queue 'default', 1, knows"
                                    + " kind");
            var stopped = worker.stop();
            assertThat(stopped.code()).isZero();
            assertThat(stopped.out()).endsWith("drained\n");
        }
        assertThat(ledger).hasContent("é");
        assertThat(shell.run("jobs", "show", flaky, "--json").out())
                .contains(
                        "\"state\":\"completed\"",
                        "\"attempts\":[{\"number\":1,",
                        "\"outcome\":\"failed\",\"error\":{\"type\":\"java.lang.IllegalState",
                        "{\"number\":2,");
        assertThat(shell.run("jobs", "show", hopeless).out())
                .contains("state     discarded", "1 of 1", "attempt 1 of 9 that fail by request");
        assertThat(shell.run("jobs", "show", unknown).out())
                .contains("no-worker: no live worker serves queue 'default'");
    }

    /** An application as a user writes it. */
    public static final class Greetings implements App {
        @Override
        public void configure(MillraceBuilder builder) {
            builder.handle(
                    Task.named("greet", Greeted.class).queue("greetings"),
                    (greeted, job) -> "hello " + greeted.name());
        }
    }

    record Greeted(String name) {}

    /** An application that cannot be made. */
    public static final class Shy implements App {
        private Shy() {}

        @Override
        public void configure(MillraceBuilder builder) {}
    }

    @Test
    void anApplicationIsNamedByItsClass() throws Exception {
        String greet = enqueue("greet", "{\"name\": \"you\"}", "--queue=greetings");
        try (var worker =
                new Working(
                        shell,
                        "work",
                        "--app=" + Greetings.class.getName(),
                        "--classpath=" + directory)) {
            var waited = shell.run("jobs", "wait", greet, "--json");
            assertThat(waited.out()).contains("\"result\":\"hello you\"");
            worker.stop();
        }
        var shy = shell.run("work", "--app", Shy.class.getName());
        assertThat(shy.err()).contains("it has no public constructor without parameters");
        assertThat(shy.code()).isEqualTo(2);
    }

    @Test
    void aListIsFilteredAndGoesOnAtTheCursor() {
        enqueue("a", "--queue=q1", "--tag=t");
        enqueue("b", "--queue=q2", "--delay=1h");
        enqueue("c", "--queue=q1");
        assertThat(shell.run("jobs", "list", "--json", "--queue=q1").lines()).hasSize(2);
        assertThat(shell.run("jobs", "list", "--json", "--kind=b").lines()).hasSize(1);
        assertThat(shell.run("jobs", "list", "--json", "--tag=t").lines()).hasSize(1);
        assertThat(shell.run("jobs", "list", "--json", "--state=Scheduled").lines())
                .singleElement()
                .asString()
                .contains("\"kind\":\"b\"");
        var first = shell.run("jobs", "list", "--limit=2");
        assertThat(first.lines()).hasSize(3).first().asString().startsWith("ID  STATE");
        String cursor = first.err().strip().replaceFirst(".* --after ", "");
        assertThat(shell.run("jobs", "list", "--json", "--after", cursor).lines()).hasSize(1);
    }

    @Test
    void storedTextCannotSteerATerminal() {
        String id = enqueue("a", "\"\\u001b[2J\u009b31m\"");
        assertThat(shell.run("jobs", "show", id).out()).contains("?31m").doesNotContain("\u009b");
    }

    @Test
    void discardedJobsAreRetriedByIdOrAllTogetherAfterAPreview() throws Exception {
        String one = enqueue("demo.flaky", "{\"failures\": 1}", "--max-attempts=1");
        String two = enqueue("demo.flaky", "{\"failures\": 1}", "--max-attempts=1", "--tag=t");
        String done = enqueue("demo.noop");
        String later = enqueue("demo.noop", "--delay=1h");
        try (var worker = new Working(shell, "work", "--app", "demo")) {
            shell.run("jobs", "wait", one, two, done);
            worker.stop();
        }
        var preview = shell.run("jobs", "retry", "--all", "--tag=t");
        assertThat(preview.out()).isEqualTo("1 jobs would be retried: " + two + "\n");
        assertThat(preview.err()).contains("--yes is needed where nobody can be asked");
        assertThat(preview.code()).isEqualTo(2);
        assertThat(shell.run("jobs", "retry", "--all", "--yes", "--json").out())
                .isEqualTo(
                        "{\"action\":\"retry\",\"matching\":2,\"atLeast\":false,\"ran\":true,"
                                + "\"phase\":\"done\",\"looked\":2,\"done\":2,\"left\":0}\n");
        assertThat(shell.run("jobs", "list", "--state=available", "--json").lines()).hasSize(2);
        var each = shell.run("jobs", "retry", later, done, "4711");
        assertThat(each.out()).isEqualTo(later + " retried (was scheduled)\n");
        assertThat(each.err())
                .contains("job " + done + " stays: it is completed", "no job 4711 in sqlite:");
        assertThat(each.code()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "jobs | expected one of list, show, wait, errors, signal, cancel, retry, delete,"
                        + " got",
                "jobs lst | unknown command 'lst', did you mean 'list'?",
                "jobs list --limit 0 | --limit must be 1 to 1000000, got 0",
                "jobs list --limit many | expected a whole number, got 'many'",
                "jobs list --state done | expected one of scheduled, available, running",
                "jobs list --queue no* | --queue must consist of letters",
                "jobs list --after rubbish | rubbish",
                "jobs show | 'ID'",
                "jobs show x | expected a job's id, a number, got 'x'",
                "jobs show 0 | expected a job's id from 1 on, got '0'",
                "jobs wait | 'ID'",
                "jobs wait 1 --timeout 400d | --timeout must be at most 365d",
                "jobs retry | either ids or --all, got neither",
                "jobs retry 1 --all | either ids or --all, got both",
                "jobs retry 1 --queue q | filters choose among --all",
                "jobs retry --all --state completed | retry acts on jobs that are discarded or"
                        + " scheduled, got state completed",
                "jobs cancel | either ids or --all, got neither",
                "jobs cancel 1 --all | either ids or --all, got both",
                "jobs cancel 1 --text x | filters choose among --all",
                "jobs cancel --all --state completed | cancel acts on jobs that are available or",
                "jobs delete --all --state running | delete acts on jobs that are completed or",
                "jobs list --text= | --text must not be empty",
                "queues | expected one of list, pause, resume, limit, rate, got none",
                "queues pause | 'QUEUE'",
                "queues pause no* | queue must consist of letters",
                "queues limit q 0 | a queue's limit must be 1 to 1000000, got 0",
                "queues limit q few | a queue's limit must be a whole number or none, got 'few'",
                "work --app demo --retain q | expected NAME=VALUE, got 'q'",
                "work --app demo --retain q=1s | finished jobs must be kept for at least",
                "work --app demo --retain q=soon | expected a duration",
                "work --app demo --retain q=0 | finished jobs must be kept for at least",
                "work --app demo --keep-most 0 | at least 1 finished job of a queue must be kept",
                "work --app demo --keep-most many | got 'many'",
                "work --app demo --retain q=1d,q=2d | --retain must give each name once",
                "work --app demo --retain no*=1d | queue must consist of letters",
                "work --app demo --keep-discarded 1s | discarded jobs must be kept for at least",
                "workers | expected one of list, drain, got none",
                "scale --target-wait 1ms | the target wait must be 1s to 1d, got PT0.001S",
                "scale --target-wait soon | expected a duration",
                "migrate --print --check | exclude each other, got both",
                "bench --seconds 0 | --seconds must be 1 to 60, got 0",
                "work --app no.such.App | got 'no.such.App': no such class on the --classpath",
                "work --app java.lang.String | it does not implement dev.millrace.App",
                "work --app demo --classpath no-such.jar | readable jars and directories",
                "work --app demo --queues : | --queues must be QUEUE[:SLOTS]",
                "work --app demo --queues a,a:3 | each queue once, got 'a' twice",
                "work --app demo --queues a:0 | slots must be 1 to 1000000, got 0 (queue 'a')",
                "work --app demo --heartbeat 9s | heartbeat must be at most a third of the lease",
                "work --app demo --lease 1ms | lease must be",
                "work --app demo --drain 9d | drain must be",
                "work --app demo --name no* | name must consist of letters",
                "work --app demo,demo | each kind must have one handler",
                "--store oracle:x jobs list | --store must be sqlite:PATH or postgresql://",
                "--store sqlite: jobs list | --store must be sqlite:PATH or postgresql://",
                "frobnicate | unknown command 'frobnicate'",
                "enqeue | unknown command 'enqeue', did you mean 'enqueue'?",
                "--jsn jobs list | unknown option '--jsn', did you mean '--json'?",
            })
    void badUsageIsRefusedWithItsCode(String args, String message) {
        var answer = shell.run(args.split(" ", -1));
        assertThat(answer.err()).contains(message).doesNotContain("\tat ");
        assertThat(answer.code()).as(answer.err()).isEqualTo(2);
        assertThat(answer.out()).isEmpty();
    }

    @Test
    void aJobThatIsNotThereIsAFailureOfTheWork() {
        var shown = shell.run("jobs", "show", "7");
        assertThat(shown.code()).isEqualTo(1);
        assertThat(shown.err()).contains("no job 7 in sqlite:");
        assertThat(shell.run("jobs", "wait", "7").code()).isEqualTo(1);
    }

    @Test
    void aStoreOutOfReachHasItsOwnCode() throws Exception {
        Path file = Files.writeString(directory.resolve("plain"), "no database, only text");
        assertThat(shell.run("jobs", "list", "--store", "sqlite:" + file + "/x.db").code())
                .isEqualTo(3);
        var text = shell.run("jobs", "list", "--store", "sqlite:" + file);
        assertThat(text.code()).isEqualTo(3);
        assertThat(text.err().lines()).hasSize(1);
        var server = shell.run("jobs", "list", "--store", "postgresql://u:secret@127.0.0.1:1/none");
        assertThat(server.code()).isEqualTo(3);
        assertThat(server.err()).doesNotContain("secret");
        assertThat(file).hasContent("no database, only text");
    }
}
