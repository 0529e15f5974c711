package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Options said elsewhere than on the command line. */
class ConfigLineTest {
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    private String config(String text) throws IOException {
        return Files.writeString(directory.resolve("millrace.conf"), text).toString();
    }

    @Test
    void everyOptionHasATwinAndTheCommandLineWinsOverItAndItOverTheFile() throws IOException {
        String file =
                config(
                        """
                        # what this machine does
                        queue = from-file
                        priority = "1"
                        delay = 30s
                        json = true
                        """);
        shell.with("MILLRACE_PRIORITY", "2").with("MILLRACE_CONFIG", file);
        assertThat(shell.run("enqueue", "a", "--tag=x").out()).contains("\"queue\":\"from-file\"");
        assertThat(shell.run("enqueue", "a", "--priority=3", "--queue=q").code()).isZero();
        shell.with("MILLRACE_QUEUE", "");
        assertThat(shell.run("jobs", "list").lines())
                .hasSize(1)
                .allMatch(line -> line.contains("\"priority\":2"))
                .allMatch(line -> line.contains("\"state\":\"scheduled\""));
        assertThat(shell.run("jobs", "list", "--queue=q").out()).contains("\"priority\":3");
    }

    @Test
    void aStoreNamedInTheFileIsUsedWhenNothingElseNamesOne() throws IOException {
        String file = config("store = sqlite:" + directory.resolve("named.db") + "\n");
        shell.with("MILLRACE_STORE", "");
        assertThat(shell.run("enqueue", "a", "--config", file).code()).isZero();
        assertThat(directory.resolve("named.db")).exists();
    }

    @Test
    void allFaultsOfAFileAreNamedTogetherWithTheNearestKey() throws IOException {
        String file = config("quue = a\nqueue = a\nqueue = b\nnonsense\n");
        var answer = shell.run("jobs", "list", "--config=" + file);
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.err())
                .contains(
                        "millrace.conf line 1: unknown key 'quue'; did you mean 'queue'?",
                        "line 3: key 'queue' is given twice",
                        "line 4: expected 'key = value', got 'nonsense'");
    }

    @Test
    void aFileThatIsNotThereIsRefused() {
        var answer = shell.run("version", "--config", "no-such-file");
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.err())
                .contains("--config must name a readable file, got 'no-such-file': there is none");
    }

    @Test
    void aBadValueIsRefusedNamingWhereItCameFrom() {
        var number = shell.with("MILLRACE_LIMIT", "many").run("jobs", "list");
        assertThat(number.err()).contains("got 'many' (from MILLRACE_LIMIT)");
        assertThat(number.code()).isEqualTo(2);
        var flag = shell.with("MILLRACE_JSON", "yes").run("version");
        assertThat(flag.err()).contains("MILLRACE_JSON must be true or false, got 'yes'");
        assertThat(flag.code()).isEqualTo(2);
    }

    @Test
    void aFlagOnTheCommandLineStaysOnWhenItsTwinSaysSoToo() {
        shell.with("MILLRACE_JSON", "true");
        assertThat(shell.run("version", "--json").out()).startsWith("{\"version\":");
    }

    @Test
    void theLogsVariablesAreChecked() {
        var level = shell.with("MILLRACE_LOG", "loud").run("version");
        assertThat(level.err()).contains("MILLRACE_LOG must be one of trace, debug, info");
        assertThat(level.code()).isEqualTo(2);
        shell.with("MILLRACE_LOG", "").with("MILLRACE_LOG_FORMAT", "xml");
        assertThat(shell.run("version").err()).contains("must be one of text, json, got 'xml'");
    }
}
