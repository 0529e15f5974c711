package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@code enqueue} accepts, what it refuses, and what it says. */
class EnqueueLineTest {
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    @Test
    void theIdIsPrintedAndTheJobIsThereWithEverythingSaid() {
        var answer =
                shell.run(
                        "enqueue",
                        "mail.send",
                        "{\"to\": \"ä@b.c\", \"n\": 1.500}",
                        "--queue=mail",
                        "--priority=9",
                        "--run-at=2099-01-31T09:00:00+01:00",
                        "--max-attempts=3",
                        "--tag=a",
                        "--tag=b");
        assertThat(answer.code()).isZero();
        assertThat(answer.err()).isEmpty();
        String shown = shell.run("jobs", "show", answer.out().strip(), "--json").out();
        assertThat(shown)
                .contains(
                        "\"kind\":\"mail.send\"",
                        "\"queue\":\"mail\"",
                        "\"state\":\"scheduled\"",
                        "\"priority\":9",
                        "\"tags\":[\"a\",\"b\"]",
                        "{\"to\": \"ä@b.c\", \"n\": 1.500}",
                        "\"maxAttempts\":3",
                        "\"runAt\":\"2099-01-31T08:00:00Z\"",
                        "\"waiting\":{\"reason\":\"due-later\"");
    }

    @Test
    void withoutPayloadItIsAnEmptyObjectAndJsonSaysWhereItWaits() {
        var answer = shell.run("--json", "enqueue", "a.b");
        assertThat(answer.out()).matches("\\{\"id\":1,\"kind\":\"a.b\",\"queue\":\"default\"}\\R");
        assertThat(shell.run("jobs", "list", "--json").out()).contains("\"payload\":{}");
    }

    @Test
    void thePayloadMayComeFromStandardInputOrAFileAndStaysOnOneLineInLists() throws IOException {
        shell.input("[1,\n 2]").run("enqueue", "a.b", "-");
        Path file = Files.writeString(directory.resolve("p.json"), "{\"nul\": \"\\u0000\\ud800\"}");
        assertThat(shell.run("enqueue", "a.b", "@" + file).code()).isZero();
        assertThat(shell.run("jobs", "list", "--json").lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("[1,  2]"))
                .anyMatch(line -> line.contains("{\"nul\": \"\\u0000\\ud800\"}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "enqueue | enqueue must be given a KIND, or --bulk FILE, got neither",
                "enqueue bad*kind | kind must consist of letters, digits",
                "enqueue a.b {broken | payload of kind 'a.b' must be one JSON document: line 1",
                "enqueue a.b {} {} | unknown argument '{}'",
                "enqueue a.b --queue= | queue must have 1 to 200 characters, got 0",
                "enqueue a.b --priority 10 | priority must be 0 (lowest) to 9 (highest), got 10",
                "enqueue a.b --priority high | '--priority': expected a whole number, got 'high'",
                "enqueue a.b --delay soon | expected a duration such as 250ms, 30s",
                "enqueue a.b --delay 366d | delay must be 0s to 365 days",
                "enqueue a.b --delay -1s | '--delay'",
                "enqueue a.b --run-at tomorrow | expected a moment with its zone such as 2030",
                "enqueue a.b --run-at 1066-10-14T09:00:00Z | run-at must lie between",
                "enqueue a.b --run-at 2030-01-31T08:00:00Z --delay 1s | exclude each other",
                "enqueue a.b --max-attempts 0 | attempts must be 1 to 1000, got 0",
                "enqueue a.b --max-attempts 1001 | attempts must be 1 to 1000, got 1001",
                "enqueue a.b --tag no* | tag must consist of letters, digits",
                "enqueue a.b @no-such-file | payload must name a readable file, got 'no-such-file'",
                "enqueue a.b --ttl 0 | ttl must be longer than 0s",
                "enqueue a.b --ttl 366d | ttl must be 0s to 365 days",
                "enqueue a.b --expires-at soon | '--expires-at'",
                "enqueue a.b --expires-at 2030-01-31T08:00:00Z --ttl 1s | --ttl and --expires-at",
                "enqueue a.b --unique no* | unique key must consist of letters",
                "enqueue a.b --unique-window 1m | --unique-window says more about --unique KEY",
                "enqueue a.b --on-conflict keep | --on-conflict says more about --unique KEY",
                "enqueue a.b --unique k --on-conflict fight | expected one of keep, replace,"
                        + " debounce, got 'fight'",
                "enqueue a.b --unique k --unique-window 0 | window of a unique key must be longer",
                "enqueue a.b --key a | expected NAME=VALUE, got 'a'",
                "enqueue a.b --key a= | expected NAME=VALUE, got 'a='",
                "enqueue a.b --key a=1 --key a=2 | --key must give each name once, got 'a' twice",
                "enqueue a.b --key a=1 --key b=1 --key c=1 --key d=1 --key e=1 --key f=1 | at most"
                        + " 5 keys",
                "enqueue a.b --timeout 0 | timeout must be 1ms to 365 days",
                "enqueue a.b --durability paper | expected one of memory, os, disk, got 'paper'",
                "enqueue a.b --idempotency-key no* | idempotency key must consist of letters",
                "enqueue --bulk - --unique k | --bulk takes kind, payload and options from each",
                "enqueue a.b --prioritty 1 | unknown option '--prioritty', did you mean"
                        + " '--priority'?",
                "enqueue a.b --prio 1 | unknown option '--prio', did you mean '--priority'?",
                "enqueue --bulk no-such-file | --bulk must name a readable file, got"
                        + " 'no-such-file'",
                "enqueue a.b --bulk x | --bulk takes kind, payload and options from each line",
                "enqueue --bulk | '--bulk'",
            })
    void badInputIsRefusedInOneLineWithTheCodeForBadUsage(String args, String message) {
        var answer = shell.run(args.split(" ", -1));
        assertThat(answer.err()).contains(message).doesNotContain("Exception", "\tat ");
        assertThat(answer.err().lines()).hasSize(1).allMatch(line -> line.startsWith("millrace: "));
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.out()).isEmpty();
        assertThat(shell.run("jobs", "list", "--json").out()).isEmpty();
    }

    @Test
    void whatElseAJobIsToldIsKeptAndShown() {
        var answer =
                shell.run(
                        "enqueue",
                        "a.b",
                        "--expires-at=2099-01-31T08:00:00Z",
                        "--unique=u:1",
                        "--key=tenant=acme",
                        "--key=region=eu",
                        "--timeout=1m30s",
                        "--durability=os",
                        "--json");
        assertThat(answer.code()).as(answer.err()).isZero();
        assertThat(answer.out()).contains("\"durability\":\"os\"").doesNotContain("duplicate");
        assertThat(shell.run("jobs", "show", "1").out())
                .contains(
                        "unique    u:1",
                        "expires   2099-01-31T08:00:00Z",
                        "timeout   1m30s",
                        "keys      region=eu, tenant=acme");
        assertThat(shell.run("jobs", "show", "1", "--json").out())
                .contains(
                        "\"keys\":{\"region\":\"eu\",\"tenant\":\"acme\"},\"unique\":\"u:1\"",
                        "\"expiresAt\":\"2099-01-31T08:00:00Z\"",
                        "\"timeout\":\"1m30s\"");
    }

    @Test
    void theReceiptOfADuplicateNamesTheLiveJob() {
        assertThat(shell.run("enqueue", "a.b", "--unique=k").out()).isEqualTo("1\n");
        var again = shell.run("enqueue", "a.c", "--unique=k");
        assertThat(again.out()).isEqualTo("1 (duplicate of a live job)\n");
        assertThat(again.code()).isZero();
        assertThat(shell.run("enqueue", "a.c", "--unique=k", "--json").out())
                .isEqualTo("{\"id\":1,\"duplicate\":true}\n");
        assertThat(shell.run("jobs", "list", "--json").lines()).hasSize(1);
    }

    @Test
    void aJobMayTakeThePlaceOfOneThatWaits() {
        String old = shell.run("enqueue", "a.b", "--unique=k", "--delay=1h").out().strip();
        var answer = shell.run("enqueue", "a.b", "2", "--unique=k", "--on-conflict=Replace");
        assertThat(answer.out()).matches("\\d+ \\(in the place of a waiting job\\)\n");
        String late =
                shell.run("enqueue", "a.b", "3", "--unique=k", "--on-conflict=debounce", "--json")
                        .out();
        assertThat(late).contains("\"replaced\":true");
        assertThat(shell.run("jobs", "show", old).out())
                .contains("state     cancelled", "replaced by job");
        assertThat(shell.run("jobs", "list", "--state=available", "--json").lines())
                .singleElement()
                .asString()
                .contains("\"payload\":3");
    }

    @Test
    void aWindowHoldsAKeyAfterTheJobEnded() {
        String first =
                shell.run("enqueue", "a.b", "--unique=k", "--unique-window=1h").out().strip();
        assertThat(shell.run("jobs", "cancel", first).code()).isZero();
        assertThat(shell.run("enqueue", "a.b", "--unique=k", "--unique-window=1h").out())
                .isEqualTo(first + " (duplicate of a job within the window)\n");
        String live = shell.run("enqueue", "a.b", "--unique=free").out().strip();
        assertThat(shell.run("jobs", "cancel", live).code()).isZero();
        assertThat(shell.run("enqueue", "a.b", "--unique=free").out()).doesNotContain("duplicate");
    }

    @Test
    void aRequestSentTwiceIsAnsweredOnceAndAnotherRefused() {
        String first = shell.run("enqueue", "a.b", "1", "--idempotency-key=i").out().strip();
        assertThat(shell.run("enqueue", "a.b", "1", "--idempotency-key=i").out())
                .isEqualTo(first + " (duplicate of an earlier request)\n");
        var other = shell.run("enqueue", "a.b", "2", "--idempotency-key=i");
        assertThat(other.err())
                .contains("must come with the same request each time", "job " + first);
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.out()).isEmpty();
    }

    @Test
    void aPayloadThatIsTooLargeOrNotUtf8IsRefused() {
        var large = shell.input("\"" + "x".repeat(1 << 20) + "\"").run("enqueue", "a.b", "-");
        assertThat(large.err()).contains("must be at most 1048576 bytes of JSON, got 1048578");
        assertThat(large.code()).isEqualTo(2);
        var bytes = shell.input(new byte[] {'"', (byte) 0xE9, '"'}).run("enqueue", "a.b", "-");
        assertThat(bytes.err()).contains("payload must be UTF-8");
        assertThat(bytes.code()).isEqualTo(2);
    }

    @Test
    void moreThanTwentyTagsAreRefused() {
        String[] args = new String[23];
        args[0] = "enqueue";
        args[1] = "a.b";
        for (int i = 2; i < args.length; i++) {
            args[i] = "--tag=t" + i;
        }
        assertThat(shell.run(args).err()).contains("at most 20 tags, got 21");
    }
}
