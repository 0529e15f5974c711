package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.FutureTask;

/** Jobs cancelled, retried and deleted, one by one and many at a time. */
@Timeout(120)
class ActLineTest {
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

    private void enqueueMany(int jobs) {
        var lines = new StringBuilder();
        for (int i = 0; i < jobs; i++) {
            lines.append("{\"kind\":\"a\",\"payload\":{\"n\":%d}}\n".formatted(i));
        }
        shell.input(lines.toString()).run("enqueue", "--bulk", "-");
    }

    private int count(String state) {
        return shell.run("jobs", "list", "--state=" + state, "--limit=100000", "--json")
                .lines()
                .size();
    }

    @Test
    void jobsAreCancelledByIdWithAReasonAndDeletedAfterwards() {
        String now = enqueue("a");
        String later = enqueue("a", "--delay=1h");
        var cancelled = shell.run("jobs", "cancel", now, later, "--reason=no longer wanted");
        assertThat(cancelled.code()).isZero();
        assertThat(cancelled.out())
                .isEqualTo(
                        "%s cancelled (was available)\n%s cancelled (was scheduled)\n"
                                .formatted(now, later));
        assertThat(shell.run("jobs", "show", now).out())
                .contains("state     cancelled", "cancelled: no longer wanted");
        var again = shell.run("jobs", "cancel", now, "--json");
        assertThat(again.out())
                .isEqualTo(
                        "{\"id\":%s,\"found\":\"cancelled\",\"cancelled\":false}\n".formatted(now));
        assertThat(again.code()).isZero();
        String live = enqueue("a");
        var deleted = shell.run("jobs", "delete", now, live, "4711");
        assertThat(deleted.out()).isEqualTo(now + " deleted (was cancelled)\n");
        assertThat(deleted.err())
                .contains("job " + live + " stays: it is available", "no job 4711 in sqlite:");
        assertThat(deleted.code()).isEqualTo(1);
        assertThat(shell.run("jobs", "show", now).code()).isEqualTo(1);
    }

    @Test
    void whereNobodyCanBeAskedAllIsOnlyCountedWithoutYes() {
        enqueue("a", "{\"to\": \"one\"}", "--tag=t");
        enqueue("a", "{\"to\": \"two\"}", "--queue=q");
        enqueue("b", "{\"to\": \"one\"}", "--delay=1h");
        var counted = shell.run("jobs", "cancel", "--all", "--text=one");
        assertThat(counted.out()).startsWith("2 jobs would be cancelled: ");
        assertThat(counted.err()).contains("--yes is needed");
        assertThat(counted.code()).isEqualTo(2);
        var json = shell.run("jobs", "cancel", "--all", "--kind=b", "--json");
        assertThat(json.out())
                .startsWith(
                        "{\"action\":\"cancel\",\"matching\":1,\"atLeast\":false,\"ran\":false,")
                .contains("\"examples\":[");
        assertThat(json.code()).isEqualTo(2);
        assertThat(count("cancelled")).isZero();
        var done = shell.run("jobs", "cancel", "--all", "--text=one", "--state=available", "--yes");
        assertThat(done.out()).isEqualTo("1 cancelled\n");
        assertThat(shell.run("jobs", "cancel", "--all", "--yes").out())
                .isEqualTo("2 cancelled (those that run are asked to end)\n");
        assertThat(shell.run("jobs", "list", "--text=two", "--json").lines()).hasSize(1);
        var none = shell.run("jobs", "cancel", "--all");
        assertThat(none.out()).isEqualTo("0 cancelled\n");
        assertThat(none.code()).isZero();
        assertThat(shell.run("jobs", "delete", "--all", "--queue=q", "--yes").out())
                .isEqualTo("1 deleted\n");
        assertThat(count("cancelled")).isEqualTo(2);
    }

    @Test
    void whoSitsBeforeItIsAsked() {
        enqueueMany(12);
        shell.watched(text -> {});
        var no = shell.input("no\n").run("jobs", "cancel", "--all");
        assertThat(no.err())
                .contains("12 jobs would be cancelled: ", ", …", "cancel them? [y/N] ")
                .contains("nothing was done");
        assertThat(no.out()).isEmpty();
        assertThat(no.code()).isEqualTo(2);
        assertThat(shell.input("").run("jobs", "cancel", "--all").code()).isEqualTo(2);
        assertThat(count("cancelled")).isZero();
        var yes = shell.input("y\n").run("jobs", "cancel", "--all", "--state=available");
        assertThat(yes.out()).isEqualTo("12 cancelled\n");
        assertThat(yes.err()).contains("cancel: 0 of 12 looked at, 0 done");
        assertThat(yes.code()).isZero();
    }

    @Test
    void aCountStopsAtItsBoundAndTheActionDoesNot() {
        enqueueMany(10_500);
        var counted = shell.run("jobs", "cancel", "--all");
        assertThat(counted.out()).startsWith("at least 10000 jobs would be cancelled: ");
        assertThat(shell.run("jobs", "cancel", "--all", "--yes", "--json").out())
                .contains("\"atLeast\":true,\"ran\":true", "\"looked\":10500,\"done\":10500");
        assertThat(count("cancelled")).isEqualTo(10_500);
    }

    @Test
    void anInterruptStopsItAfterAStepAndItSaysHowFarItCame() throws Exception {
        enqueueMany(9_000);
        // as soon as the bar shows that it began
        shell.watched(text -> {
            if (text.contains("looked at")) {
                Thread.currentThread().interrupt();
            }
        });
        var running = shell.start("jobs", "cancel", "--all", "--yes", "--json");
        var task = new FutureTask<>(running::run);
        Thread.ofPlatform().name("test-cancel").start(task);
        var answer = running.answer(task.get());
        assertThat(answer.code()).isEqualTo(1);
        assertThat(answer.out()).contains("\"phase\":\"cancelled\"");
        int cancelled = count("cancelled");
        int left = count("available");
        assertThat(cancelled + left).isEqualTo(9_000);
        assertThat(left).isPositive();
        assertThat(answer.out())
                .contains(
                        "\"looked\":%d,\"done\":%d,\"left\":%d"
                                .formatted(cancelled, cancelled, left));
    }
}
