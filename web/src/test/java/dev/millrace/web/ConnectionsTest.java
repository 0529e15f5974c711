package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.testkit.MemoryStore;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Connections that nobody may keep from others. */
@Timeout(60)
class ConnectionsTest {
    private static Served served(UnaryOperator<WebSettings> settings) {
        return new Served(new MemoryStore(), builder -> builder, settings);
    }

    private static WebSettings quick(WebSettings settings) {
        return settings.times(
                Duration.ofMillis(400), Duration.ofMillis(100), Duration.ofSeconds(5));
    }

    /** Again when this process stood still and cut a connection before its request had come. */
    private static ConditionFactory patiently() {
        return await().atMost(Duration.ofSeconds(25)).ignoreExceptions();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Sends a byte now and then; answers whether it was cut. */
    private static boolean isCutDripping(Socket socket, int bytes) throws IOException {
        socket.setSoTimeout(50);
        for (int i = 0; i < bytes; i++) {
            try {
                socket.getOutputStream().write('x');
                if (socket.getInputStream().read() < 0) {
                    return true;
                }
            } catch (SocketTimeoutException e) {
                // the next one
            } catch (IOException e) {
                return true;
            }
        }
        return false;
    }

    @Test
    void aRequestWhoseHeadDripsIsCutThoughItIsNeverSilent() throws Exception {
        try (var served = served(ConnectionsTest::quick)) {
            try (var first = new Socket("127.0.0.1", served.web.port())) {
                first.getOutputStream().write(bytes("GET / HTTP/1.1\r\nHost: localhost\r\nX: "));
                assertThat(isCutDripping(first, 400)).isTrue();
            }
            // the same of the next request on a connection
            String both = "HEAD /health/live HTTP/1.1\r\nHost: localhost\r\n\r\nGET /";
            patiently()
                    .until(() -> {
                        try (var second = new Socket("127.0.0.1", served.web.port())) {
                            second.getOutputStream().write(bytes(both));
                            return second.getInputStream().read() == 'H'
                                    && isCutDripping(second, 400);
                        }
                    });
            assertThat(served.get("/health/live").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aLongAnswerIsNotCutForIt() throws Exception {
        try (var served = served(ConnectionsTest::quick)) {
            var nobodys = Task.named("k", RawJson.class).with(new RawJson("{}")).queue("nobody");
            String waiting = "/api/v1/jobs/" + served.millrace.enqueue(nobodys).id() + "?wait=2s";
            for (int i = 0; i < 2; i++) {
                patiently().until(() -> served.get(waiting).statusCode() == 200);
            }
        }
    }

    private static boolean isOpen(Socket socket) throws IOException {
        socket.setSoTimeout(200);
        try {
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static WebSettings few(WebSettings settings) {
        WebSettings people = People.with(settings);
        return new WebSettings(
                people.host(),
                people.port(),
                people.idle(),
                people.heartbeat(),
                people.drain(),
                people.maxHeaderBytes(),
                8,
                people.maxRequests(),
                people.maxWaiting(),
                people.access());
    }

    @Test
    void oneAddressLeavesAsManyConnectionsAsItTakes() throws Exception {
        var open = new ArrayList<Socket>();
        try (var served = served(ConnectionsTest::few)) {
            try {
                for (int i = 0; i < 7; i++) {
                    open.add(new Socket("127.0.0.1", served.web.port()));
                }
                List<Socket> kept = new ArrayList<>();
                await().untilAsserted(() -> {
                    kept.clear();
                    for (Socket each : open) {
                        if (isOpen(each)) {
                            kept.add(each);
                        }
                    }
                    assertThat(kept).hasSize(4);
                });
                try (var other =
                        new Socket(
                                InetAddress.getByName("127.0.0.1"),
                                served.web.port(),
                                InetAddress.getByName("127.0.0.2"),
                                0)) {
                    other.getOutputStream()
                            .write(bytes("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"));
                    assertThat(other.getInputStream().read()).isEqualTo((int) 'H');
                }
                kept.getFirst().close();
                await().until(() -> {
                    var again = new Socket("127.0.0.1", served.web.port());
                    open.add(again);
                    return isOpen(again);
                });
            } finally {
                for (Socket each : open) {
                    each.close();
                }
            }
        }
    }
}
