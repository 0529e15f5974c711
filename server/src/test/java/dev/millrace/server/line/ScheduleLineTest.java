package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Schedules on the command line. */
@Timeout(120)
class ScheduleLineTest {
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    @Test
    void oneIsAddedShownPausedTriggeredAndRemoved() {
        assertThat(shell.run("schedules", "list").err()).contains("no schedule is there");
        var added =
                shell.run(
                        "schedules",
                        "add",
                        "nightly",
                        "demo.echo",
                        "{\"a\":1.10}",
                        "--cron=0 3 * * *",
                        "--zone=Europe/Paris",
                        "--overlap=skip",
                        "--queue=night");
        assertThat(added.code()).as(added.err()).isZero();
        assertThat(added.out())
                .startsWith("nightly: 0 3 * * * (Europe/Paris), demo.echo in queue night")
                .contains("next  ");
        assertThat(shell.run("schedules", "list").out()).contains("nightly", "night", "added");
        assertThat(shell.run("schedules", "list", "--json").lines())
                .hasSize(1)
                .first()
                .asString()
                .contains("\"payload\":{\"a\":1.10}", "\"zone\":\"Europe/Paris\"");
        assertThat(shell.run("schedules", "pause", "nightly").out()).contains(", paused");
        var triggered = shell.run("schedules", "trigger", "nightly");
        assertThat(triggered.out()).contains("(enqueued)");
        var again = shell.run("schedules", "trigger", "nightly");
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.out()).contains("(still-running)");
        assertThat(shell.run("schedules", "show", "nightly").out())
                .contains("last  ", ", triggered");
        assertThat(shell.run("schedules", "resume", "nightly").out()).doesNotContain("paused");
        assertThat(shell.run("schedules", "remove", "nightly").out()).contains("is removed");
        assertThat(shell.run("schedules", "show", "nightly").code()).isEqualTo(2);
    }

    @Test
    void whatIsWrongIsNamed() {
        var wrong = shell.run("schedules", "add", "s", "k", "--cron=0 25 * * *");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("expected an hour 0-23, got '25' at character 3");
        assertThat(shell.run("schedules", "add", "s", "k").err())
                .contains("one of --cron, --every, --rest and --at must be said");
        assertThat(shell.run("schedules", "add", "s", "k", "--every=1h", "--at=x").code())
                .isEqualTo(2);
    }
}
