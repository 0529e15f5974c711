package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Users, tokens and the audit log by the command line. */
@Timeout(120)
class AccessLineTest {
    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = Shell.on(directory);
    }

    @Test
    void usersAndTokensAreNamedServedAndWhatTheyDidIsListed() throws Exception {
        var user = shell.input("correct horse\n").run("users", "hash", "anna", "admin");
        assertThat(user.code()).as(user.err()).isZero();
        assertThat(user.out()).startsWith("user anna $argon2id$v=19$").doesNotContain("horse");
        var token = shell.run("tokens", "new", "ci", "operator:builds*");
        assertThat(token.out()).startsWith("token ci sha256:");
        String secret = token.err().replaceAll("(?s).*: (\\S+)\\s*$", "$1");
        assertThat(token.out()).doesNotContain(secret);
        Path access = directory.resolve("access.txt");
        Files.write(access, List.of(user.out().strip(), token.out().strip()));
        try (var serving =
                        new Working(
                                shell,
                                "serve",
                                "--port=0",
                                "--app=demo",
                                "--access=" + access,
                                "--context-path=/jobs");
                var client = HttpClient.newHttpClient()) {
            String address =
                    serving.out()
                            .lines()
                            .findFirst()
                            .orElseThrow()
                            .replaceAll("serving (\\S+) .*", "$1");
            assertThat(address).endsWith("/jobs/");
            var pause =
                    HttpRequest.newBuilder(URI.create(address + "api/v1/queues/builds-1/pause"))
                            .POST(BodyPublishers.noBody());
            assertThat(client.send(pause.build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(401);
            pause.header("Authorization", "Bearer " + secret);
            assertThat(client.send(pause.build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
        var listed = shell.run("audit", "list");
        assertThat(listed.code()).isZero();
        assertThat(listed.lines()).hasSize(2);
        assertThat(listed.lines().getLast()).contains("ci", "pauseQueue", "queue builds-1");
        assertThat(shell.run("audit", "list", "--json").out())
                .contains(
                        "\"who\":\"ci\"",
                        "\"after\":{\"paused\":true,\"limit\":null,\"perKey\":{},\"rates\":{}}");
    }

    @Test
    void beyondLoopbackNobodyIsServedWithoutUsersOrTokens() {
        var refused = shell.run("serve", "--host=0.0.0.0", "--port=0");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("got '0.0.0.0'", "--access FILE");
    }

    @Test
    void whatCannotBeMeantIsRefusedWithItsPlace() throws Exception {
        Path access = directory.resolve("access.txt");
        Files.writeString(access, "# nobody yet\nuser anna admin\n");
        var faults = shell.run("serve", "--port=0", "--access=" + access);
        assertThat(faults.code()).isEqualTo(2);
        assertThat(faults.err()).contains("access.txt line 2: expected 'user NAME HASH");
        assertThat(shell.run("serve", "--access=" + directory.resolve("none")).err())
                .contains("--access must name a readable file");
        assertThat(shell.run("serve", "--context-path=jobs").err())
                .contains("a context path must be like /jobs");
        assertThat(shell.run("serve", "--trusted-proxies=proxy.example").err())
                .contains("expected an address or a network");
        assertThat(shell.run("serve", "--allow-origins=*").err())
                .contains("an origin must be like https://app.example.com");
        assertThat(shell.input("short\n").run("users", "hash", "anna", "admin").err())
                .contains("a password must have 8 to 1000 bytes");
        assertThat(shell.run("tokens", "new", "ci", "king").err())
                .contains("a role is viewer, operator, admin or worker, got 'king'");
        assertThat(shell.run("audit", "list", "--limit=0").err()).contains("1 to 1000");
    }
}
