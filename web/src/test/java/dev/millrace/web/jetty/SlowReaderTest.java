package dev.millrace.web.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.web.http.Cors;
import dev.millrace.web.http.Dispatcher;
import dev.millrace.web.http.Doorkeeper;
import dev.millrace.web.http.Guard;
import dev.millrace.web.http.Meters;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Mount;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Router;
import dev.millrace.web.http.Witness;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Clients that take answers in drop by drop. */
@Timeout(60)
class SlowReaderTest {
    private static final int BYTES = 16 << 20;

    private static Dispatcher dispatcher() {
        Route.Handler large = request -> new Response.Whole(200, Map.of(), new byte[BYTES]);
        return new Dispatcher(
                new Router(List.of(Route.of(Need.nothing(), Method.GET, "/l", "l", "L.", large))),
                path -> Optional.empty(),
                new Dispatcher.Entry(
                        Mount.root(),
                        new Guard(Set.of(), false, Cors.none()),
                        Doorkeeper.open(),
                        Witness.none()),
                new Meters(),
                4,
                4);
    }

    private static JettyServer server(Dispatcher dispatcher, JettyServer.Slowest slowest) {
        return new JettyServer(
                new JettyServer.Settings(
                        "127.0.0.1",
                        0,
                        Duration.ofMinutes(1),
                        16 << 10,
                        100,
                        slowest,
                        address -> true),
                dispatcher);
    }

    private static Socket asked(int port) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(4 << 10);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.setSoTimeout(20_000);
        socket.getOutputStream()
                .write(
                        "GET /l HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static long left(InputStream in) {
        byte[] piece = new byte[64 << 10];
        long left = 0;
        try {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                left += read;
            }
        } catch (IOException e) {
            // reset: what was on its way is gone
        }
        return left;
    }

    @Test
    void anAnswerThatIsTakenInTooSlowlyIsCutAndItsMemoryGivenBack() throws Exception {
        var dispatcher = dispatcher();
        var slowest = new JettyServer.Slowest(Duration.ofSeconds(2), BYTES);
        try (var server = server(dispatcher, slowest)) {
            try (var socket = asked(server.start())) {
                for (int i = 0; i < 100; i++) {
                    assertThat(socket.getInputStream().read()).isNotNegative();
                }
                await().atMost(Duration.ofSeconds(30)).until(() -> dispatcher.inside() == 0);
                assertThat(left(socket.getInputStream())).isLessThan(BYTES);
            }
        }
    }

    @Test
    void whoeverKeepsUpIsGivenAllOfIt() throws Exception {
        var dispatcher = dispatcher();
        var slowest = new JettyServer.Slowest(Duration.ofMinutes(1), BYTES);
        try (var server = server(dispatcher, slowest)) {
            try (var socket = asked(server.start())) {
                assertThat(left(socket.getInputStream())).isGreaterThan(BYTES);
            }
            await().until(() -> dispatcher.inside() == 0);
        }
    }
}
