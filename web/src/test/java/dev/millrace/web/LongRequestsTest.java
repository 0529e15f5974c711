package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testkit.MemoryStore;
import dev.millrace.web.http.Grant;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Who;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Requests that take long do not outlive what whoever sends them may do. */
@Timeout(60)
class LongRequestsTest {
    private static final String LINE = "{\"kind\":\"k\",\"queue\":\"mine-1\"}\n";

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    /** Sends a line ten times a second until there is an answer; empty when none comes. */
    private static String answerWhileSending(Socket socket, int lines) throws IOException {
        socket.setSoTimeout(100);
        for (int i = 0; i < lines; i++) {
            send(socket, "%x\r\n%s\r\n".formatted(LINE.length(), LINE));
            try {
                int first = socket.getInputStream().read();
                return first < 0 ? "" : (char) first + rest(socket);
            } catch (SocketTimeoutException e) {
                // none yet
            }
        }
        return "";
    }

    /** What follows, until its last words or the end. */
    private static String rest(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        var rest = new StringBuilder();
        while (rest.indexOf(" were accepted") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                break;
            }
            rest.append((char) next);
        }
        return rest.toString();
    }

    @Test
    void aBulkEndsSoonAfterTheRightToSendIt() throws Exception {
        var grants = List.of(new Grant(Role.OPERATOR, "mine*"));
        var who = new AtomicReference<>(Optional.of(Who.token("ci", grants)));
        var store = new MemoryStore();
        try (var served =
                        new Served(
                                store,
                                builder -> builder,
                                settings ->
                                        settings.access(
                                                WebAccess.open()
                                                        .authenticator(incoming -> who.get())));
                var socket = new Socket("127.0.0.1", served.web.port())) {
            send(
                    socket,
                    "POST /api/v1/jobs/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                            + " application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
            assertThat(answerWhileSending(socket, 15)).isEmpty();
            who.set(Optional.of(Who.token("ci", List.of(new Grant(Role.VIEWER, "mine*")))));
            assertThat(answerWhileSending(socket, 400))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("may do so no more", " were accepted");
        }
    }
}
