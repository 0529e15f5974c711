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
        assertThat(answer.out())
                .startsWith("{\"accepted\":3,\"duplicates\":0,\"rejected\":2,\"seconds\":");
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
                "{\"kind\": \"a\", \"ttl\": \"0\"} | ttl must be longer than 0s",
                "{\"kind\": \"a\", \"ttl\": 5} | 'ttl' must be a string, got a number",
                "{\"kind\":\"a\",\"ttl\":\"1s\",\"expiresAt\":\"2099-01-01T00:00:00Z\"} | exclude",
                "{\"kind\": \"a\", \"expiresAt\": \"soon\"} | 'expiresAt': expected a moment",
                "{\"kind\": \"a\", \"unique\": 1} | 'unique' must be a string or an object",
                "{\"kind\": \"a\", \"unique\": {}} | member 'key' of 'unique' is missing",
                "{\"kind\": \"a\", \"unique\": {\"key\": [1]}} | 'unique.key' must be a string",
                "{\"kind\":\"a\",\"unique\":{\"key\":\"k\",\"widow\":\"1s\"}} | unknown member"
                        + " 'widow' of 'unique'; did you mean 'window'?",
                "{\"kind\":\"a\",\"unique\":{\"key\":\"k\",\"onConflict\":\"x\"}} | on-conflict"
                        + " must be keep, replace or debounce, got 'x'",
                "{\"kind\":\"a\",\"unique\":{\"key\":\"k\",\"window\":\"0\"}} | the window of a"
                        + " unique key must be longer than 0s",
                "{\"kind\": \"a\", \"unique\": \"no*\"} | unique key must consist of letters",
                "{\"kind\": \"a\", \"keys\": [\"a\"]} | 'keys' must be an object of strings",
                "{\"kind\": \"a\", \"keys\": {\"a\": {\"b\": 1}}} | 'keys.a' must be a string",
                "{\"kind\": \"a\", \"keys\": {\"a\": \"no*\"}} | the value of key 'a' must consist",
                "{\"kind\":\"a\",\"keys\":{\"a\":\"1\",\"b\":\"1\",\"c\":\"1\",\"d\":\"1\",\"e\":\"1\",\"f\":\"1\"}}"
                    + " | at most 5 keys, got 6",
                "{\"kind\": \"a\", \"timeout\": \"0\"} | timeout must be 1ms to 365 days",
                "{\"kind\": \"a\", \"durability\": \"paper\"} | durability must be memory, os or",
                "{\"kind\": \"a\", \"idempotencyKey\": \"\"} | idempotency key must have 1 to 200",
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
        assertThat(answer.out()).startsWith("1 accepted, 0 duplicates, 1 rejected, in ");
        assertThat(answer.code()).isEqualTo(1);
    }

    @Test
    void aLineSaysAllThatACommandLineSays() {
        var answer =
                shell.input(
                                """
                                {"kind": "a", "expiresAt": "2099-01-01T00:00:00Z", "unique": "u1", "keys": {"tenant": "acme"}, "timeout": "1m30s", "durability": "os"}
                                {"kind": "a", "ttl": "2h", "unique": {"key": "u2", "window": "1h", "onConflict": "replace"}}
                                """)
                        .run("enqueue", "--bulk", "-");
        assertThat(answer.code()).as(answer.err()).isZero();
        assertThat(shell.run("jobs", "list", "--json").lines())
                .hasSize(2)
                .anyMatch(line ->
                        line.contains("\"keys\":{\"tenant\":\"acme\"},\"unique\":\"u1\"")
                                && line.contains("\"expiresAt\":\"2099-01-01T00:00:00Z\"")
                                && line.contains("\"timeout\":\"1m30s\""))
                .anyMatch(line ->
                        line.contains("\"keys\":{},\"unique\":\"u2\"")
                                && line.contains("\"expiresAt\":"));
    }

    @Test
    void duplicatesAreCountedAndARequestThatChangedIsRejectedWithItsLine() {
        String lines =
                """
                {"kind": "a", "unique": "u"}
                {"kind": "b", "unique": "u"}
                {"kind": "c", "unique": {"key": "u", "onConflict": "replace"}}

                {"kind": "a", "idempotencyKey": "i"}
                {"kind": "a", "idempotencyKey": "i"}
                {"kind": "changed", "idempotencyKey": "i"}
                {"kind": "plain"}
                """;
        var answer = shell.input(lines).run("enqueue", "--bulk", "-", "--json");
        assertThat(answer.out())
                .startsWith("{\"accepted\":4,\"duplicates\":2,\"rejected\":1,\"seconds\":");
        assertThat(answer.err().lines())
                .singleElement()
                .asString()
                .contains("standard input line 7: idempotency key 'i' must come with the same");
        assertThat(answer.code()).isEqualTo(1);
        assertThat(shell.run("jobs", "list", "--state=available", "--json").lines())
                .hasSize(3)
                .noneMatch(line -> line.contains("changed"));
    }

    @Test
    void aLineRefusedLongAfterItWasReadIsNamedByItsNumber() {
        String lines =
                "{\"kind\": \"a\", \"idempotencyKey\": \"i\"}\n"
                        + "{\"kind\": \"a\"}\n\n".repeat(20_000)
                        + "{\"kind\": \"b\", \"idempotencyKey\": \"i\"}\n"
                        + "{\"kind\": \"a\"}\n".repeat(20_000);
        var answer = shell.input(lines).run("enqueue", "--bulk", "-");
        assertThat(answer.out()).startsWith("40001 accepted, 0 duplicates, 1 rejected");
        assertThat(answer.err()).contains("standard input line 40002: idempotency key 'i'");
    }

    @Test
    void onlyTheFirstBadLinesAreNamedAndTheRestCounted() {
        var answer = shell.input("x\n".repeat(50)).run("enqueue", "--bulk", "-");
        assertThat(answer.err().lines()).hasSize(21).last().asString().contains("and 30 more");
        assertThat(answer.out()).startsWith("0 accepted, 0 duplicates, 50 rejected");
    }

    @Test
    void anOverlongLineAndAPayloadThatIsTooLargeAreRefusedAndTheNextLinesRead() {
        String overlong = "{\"kind\": \"a\", \"payload\": \"" + "x".repeat(3 << 20) + "\"}\n";
        String large = "{\"kind\": \"a\", \"payload\": \"" + "x".repeat(1 << 20) + "\"}\n";
        var answer =
                shell.input(overlong + large + "{\"kind\": \"good\"}")
                        .run("enqueue", "--bulk", "-");
        assertThat(answer.out()).startsWith("1 accepted, 0 duplicates, 2 rejected");
        assertThat(answer.err())
                .contains("line 1: a line must have at most", "line 2: payload must be at most");
    }

    @Test
    void aByteOrderMarkIsSkippedAndAnEmptyFileIsNoMistake() {
        assertThat(shell.input("\uFEFF{\"kind\": \"a\"}\n").run("enqueue", "--bulk", "-").code())
                .isZero();
        var empty = shell.input("").run("enqueue", "--bulk", "-");
        assertThat(empty.code()).isZero();
        assertThat(empty.out()).startsWith("0 accepted, 0 duplicates, 0 rejected");
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
        assertThat(answer.out()).startsWith("10000 accepted, 0 duplicates, 0 rejected");
        assertThat(answer.code()).isZero();
    }
}
