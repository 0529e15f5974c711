package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Many jobs from a file: good lines are kept, bad ones named. */
class BulkLineTest {
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    @Test
    void goodLinesAreKeptAndBadOnesNamedWithTheirNumber() throws IOException {
        Path file = directory.resolve("jobs.ndjson");
        // ISO-8859-1 writes the é as a byte that is no UTF-8
        Files.write(
                file,
                """
                {"kind": "a", "payload": {"n": 12345678901234567890.00}, "queue": "q", "priority": 7}

                {"kind": "broken
                {"kind": "caf\u00e9"}
                {"kind": "b", "payload": "\\u0000 \\ud800", "delay": "1h", "maxAttempts": 2, "tags": ["t"]}\r
                {"kind": "c", "runAt": "2099-01-01T00:00:00Z"}\
                """
                        .getBytes(ISO_8859_1));
        var answer = shell.run("enqueue", "--bulk", file.toString(), "--json");
        assertThat(answer.code()).isEqualTo(1);
        assertThat(answer.out()).startsWith("{\"accepted\":3,\"refused\":2,\"seconds\":");
        assertThat(answer.err().lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("jobs.ndjson line 3: a line must be one JSON"))
                .anyMatch(line -> line.contains("line 4: a line must be UTF-8, got byte 0xE9"));
        assertThat(shell.run("jobs", "list", "--json").lines())
                .hasSize(3)
                .anyMatch(line -> line.contains("\"payload\":{\"n\": 12345678901234567890.00}"))
                .anyMatch(line -> line.contains("\"payload\":\"\\u0000 \\ud800\""))
                .anyMatch(line -> line.contains("\"runAt\":\"2099-01-01T00:00:00Z\""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | a line must be one JSON object, got an array",
                "{} | member 'kind' is missing",
                "{\"kind\": 1} | 'kind' must be a string",
                "{\"kind\": \"a\"} {} | got more after it",
                "{\"kind\": \"a\", \"kind\": \"b\"} | line 1, column 21: Duplicate Object property",
                "{\"kind\": \"a\", \"paylod\": 1} | unknown member 'paylod'; did you mean"
                        + " 'payload'?",
                "{\"kind\": \"a\", \"ttl\": \"1h\"} | member 'ttl' is not offered yet",
                "{\"kind\": \"a\", \"queue\": \"\"} | queue must have 1 to 200 characters",
                "{\"kind\": \"a\", \"priority\": 10} | priority must be 0 (lowest) to 9",
                "{\"kind\": \"a\", \"priority\": \"1\"} | 'priority' must be a whole number",
                "{\"kind\": \"a\", \"priority\": 99999999999} | 'priority' must be a whole number"
                        + " of 32",
                "{\"kind\": \"a\", \"delay\": \"soon\"} | expected a duration",
                "{\"kind\": \"a\", \"runAt\": \"soon\"} | 'runAt': expected a moment",
                "{\"kind\":\"a\",\"delay\":\"1s\",\"runAt\":\"2099-01-01T00:00:00Z\"} | exclude",
                "{\"kind\": \"a\", \"maxAttempts\": 0} | attempts must be 1 to 1000",
                "{\"kind\": \"a\", \"tags\": \"t\"} | 'tags' must be an array of strings",
                "{\"kind\": \"a\", \"tags\": [1]} | 'tags' must be a string",
                "{\"kind\": \"a\", \"payload\": } | a line must be one JSON object",
            })
    void aBadLineIsRefusedAndSaysWhy(String line, String problem) {
        var answer = shell.input(line + "\n{\"kind\": \"good\"}\n").run("enqueue", "--bulk", "-");
        assertThat(answer.err()).contains("standard input line 1: ").contains(problem);
        assertThat(answer.out()).startsWith("1 accepted, 1 refused, in ");
        assertThat(answer.code()).isEqualTo(1);
    }

    @Test
    void onlyTheFirstBadLinesAreNamedAndTheRestCounted() {
        var answer = shell.input("x\n".repeat(50)).run("enqueue", "--bulk", "-");
        assertThat(answer.err().lines()).hasSize(21).last().asString().contains("and 30 more");
        assertThat(answer.out()).startsWith("0 accepted, 50 refused");
    }

    @Test
    void anOverlongLineAndAPayloadThatIsTooLargeAreRefusedAndTheNextLinesRead() {
        String overlong = "{\"kind\": \"a\", \"payload\": \"" + "x".repeat(3 << 20) + "\"}\n";
        String large = "{\"kind\": \"a\", \"payload\": \"" + "x".repeat(1 << 20) + "\"}\n";
        var answer =
                shell.input(overlong + large + "{\"kind\": \"good\"}")
                        .run("enqueue", "--bulk", "-");
        assertThat(answer.out()).startsWith("1 accepted, 2 refused");
        assertThat(answer.err())
                .contains("line 1: a line must have at most", "line 2: payload must be at most");
    }

    @Test
    void aByteOrderMarkIsSkippedAndAnEmptyFileIsNoMistake() {
        assertThat(shell.input("\uFEFF{\"kind\": \"a\"}\n").run("enqueue", "--bulk", "-").code())
                .isZero();
        var empty = shell.input("").run("enqueue", "--bulk", "-");
        assertThat(empty.code()).isZero();
        assertThat(empty.out()).startsWith("0 accepted, 0 refused");
    }

    @Test
    void aSourceThatCannotBeReadFailsTheWork() {
        var answer = shell.run("enqueue", "--bulk", directory.toString());
        assertThat(answer.code()).isEqualTo(1);
        assertThat(answer.err())
                .contains("could not be read further; 0 lines were good: ")
                .doesNotContain("Exception");
    }

    @Test
    void manyLinesStreamThrough() {
        var lines = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            lines.append("{\"kind\":\"a\",\"payload\":").append(i).append("}\n");
        }
        var answer = shell.input(lines.toString()).run("enqueue", "--bulk", "-");
        assertThat(answer.out()).startsWith("10000 accepted, 0 refused");
        assertThat(answer.code()).isZero();
    }
}
