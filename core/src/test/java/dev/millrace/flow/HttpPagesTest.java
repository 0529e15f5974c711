package dev.millrace.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryLater;
import dev.millrace.job.RetryNever;
import dev.millrace.job.Walk;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Pages of a real HTTP server with every fault that there is. */
@Timeout(60)
class HttpPagesTest {
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    private ExecutorService threads;

    private interface Answer {
        void give(HttpExchange exchange) throws Exception;
    }

    private record Body(List<Integer> items, @Nullable String next) {}

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        server.start();
    }

    @AfterEach
    void stop() {
        over.countDown();
        server.stop(0);
        threads.close();
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private void answer(Answer answer) {
        server.createContext(
                "/",
                exchange -> {
                    asked.add(exchange.getRequestURI().toString());
                    try (exchange) {
                        answer.give(exchange);
                    } catch (IOException e) {
                        throw e;
                    } catch (Exception e) {
                        throw new IOException(e);
                    }
                });
    }

    private static void say(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private HttpPages<Integer> pages(String path) {
        return HttpPages.from(
                at(path),
                answer -> {
                    var body = answer.json(Body.class);
                    return new Walk.Page<>(body.items(), body.next());
                });
    }

    private static int page(HttpExchange exchange) {
        String query = exchange.getRequestURI().getQuery();
        return query == null ? 1 : Integer.parseInt(query.replaceAll("\\D", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"?page=%d", "/list?page=%d", "http://127.0.0.1:PORT/list?page=%d"})
    void theBodysNextLinkIsFollowedHoweverItIsWritten(String link) throws Exception {
        answer(exchange -> {
            int page = page(exchange);
            String next =
                    link.formatted(page + 1).replace("PORT", "" + server.getAddress().getPort());
            say(
                    exchange,
                    200,
                    "{\"items\":[%d],\"next\":%s}"
                            .formatted(page, page == 3 ? "null" : '"' + next + '"'));
        });
        assertThat(Walked.items(pages("/list"), String.class)).containsExactly(1, 2, 3);
        assertThat(asked).containsExactly("/list", "/list?page=2", "/list?page=3");
    }

    @Test
    void theLinkHeadersNextIsFollowed() throws Exception {
        answer(exchange -> {
            int page = page(exchange);
            exchange.getResponseHeaders()
                    .add("Link", "</list?page=1>; rel=first, </nextish>; title=\"rel=next\"");
            if (page < 3) {
                exchange.getResponseHeaders()
                        .add("Link", "</list?page=9,9>; rel=\"last\"; title=\"a, <b>\"");
                exchange.getResponseHeaders()
                        .add("Link", "<?page=%d>; a=b; rel=\"x next\"".formatted(page + 1));
            }
            say(exchange, 200, "[" + page + "]");
        });
        var source =
                HttpPages.from(
                        at("/list"),
                        answer ->
                                new Walk.Page<>(
                                        List.of(answer.text()), answer.nextLink().orElse(null)));
        assertThat(Walked.items(source, String.class)).containsExactly("[1]", "[2]", "[3]");
    }

    @Test
    void aTokenGoesIntoTheQueryAndHeadersGoAlong() throws Exception {
        answer(exchange -> {
            String query = exchange.getRequestURI().getRawQuery();
            say(
                    exchange,
                    exchange.getRequestHeaders().getFirst("X-Key").equals("secret") ? 200 : 401,
                    "{\"items\":[1],\"next\":%s}"
                            .formatted(query.contains("after") ? "null" : "\"a b&c=d/é\""));
        });
        var source =
                pages("/list?size=1").token("after").header("x-key", "s").header("X-Key", "secret");
        assertThat(Walked.items(source, String.class)).hasSize(2);
        assertThat(asked)
                .containsExactly("/list?size=1", "/list?size=1&after=a+b%26c%3Dd%2F%C3%A9");
    }

    @ParameterizedTest
    @CsvSource({
        "429, 7, 7",
        "503, 0, 0",
        "429, 999999, 3600",
        "503, 'Wed, 21 Oct 2015 07:28:05 GMT', 0"
    })
    void aServerThatSaysWhenIsAskedAgainThen(int status, String after, int seconds) {
        answer(exchange -> {
            exchange.getResponseHeaders().set("Retry-After", after);
            say(exchange, status, "busy");
        });
        assertThatThrownBy(() -> pages("/list?key=secret").page(null))
                .isInstanceOfSatisfying(
                        RetryLater.class,
                        later -> assertThat(later.delay()).isEqualTo(Duration.ofSeconds(seconds)))
                .hasMessageContainingAll(
                        "expected status 2xx", "got " + status + ": busy", "/list?…")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 429, 500, 502, 503, 504, 599})
    void whatMayPassIsAnIoException(int status) {
        answer(exchange -> say(exchange, status, "oh"));
        assertThatThrownBy(() -> pages("/").page(null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("got " + status + ": oh");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 304, 400, 401, 403, 404, 410, 422})
    void whatCannotPassFailsForGood(int status) {
        answer(exchange -> {
            exchange.getResponseHeaders().set("Location", "/elsewhere");
            say(exchange, status, status == 304 ? "" : "x".repeat(1_000));
        });
        assertThatThrownBy(() -> pages("/list").page(null))
                .isInstanceOf(RetryNever.class)
                .hasMessageContainingAll("expected status 2xx of GET", "/list, got " + status)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
        assertThat(asked).containsExactly("/list");
    }

    @Test
    void aBodyCutInTheMiddleIsAnIoException() {
        answer(exchange -> {
            exchange.sendResponseHeaders(200, 1_000);
            exchange.getResponseBody().write("{\"items\":[1,2".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            throw new IOException("cut");
        });
        assertThatThrownBy(() -> pages("/list").page(null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("expected an answer of GET");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAnswerThatStandsStillIsGivenUpAtItsDeadline(boolean afterTheHeaders) {
        answer(exchange -> {
            if (afterTheHeaders) {
                exchange.sendResponseHeaders(200, 1_000);
                exchange.getResponseBody().write('{');
                exchange.getResponseBody().flush();
            }
            over.await();
        });
        assertThatThrownBy(() -> pages("/list").deadline(Duration.ofMillis(300)).page(null))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("whole answer of GET", "/list", "PT0.3S");
    }

    @Test
    void aConnectionRefusedIsAnIoException() {
        server.stop(0);
        assertThatThrownBy(() -> pages("/list").page(null)).isInstanceOf(IOException.class);
    }

    @Test
    void aBodyThatIsTooLargeFailsForGoodAndIsNotReadToItsEnd() {
        answer(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            var part = new byte[8_192];
            while (over.getCount() > 0) {
                exchange.getResponseBody().write(part);
            }
        });
        assertThatThrownBy(() -> pages("/list").maxBody(100_000).page(null))
                .isInstanceOf(RetryNever.class)
                .hasMessageContainingAll("at most 100000 bytes", "raise maxBody");
    }

    @Test
    void aBodyOfExactlyTheBoundIsRead() throws Exception {
        String body = "{\"items\":[1],\"next\":null}";
        answer(exchange -> say(exchange, 200, body));
        assertThat(pages("/list").maxBody(body.length()).page(null).items()).containsExactly(1);
    }

    @ParameterizedTest
    @CsvSource({
        "http://elsewhere.example/list, expected a next link at http://127.0.0.1",
        "https://127.0.0.1/list, expected a next link at http://127.0.0.1",
        "'::', that is an address",
        "/list, got the same one again",
        "'', got the same one again"
    })
    void aNextLinkThatLeadsAstrayFailsForGood(String link, String message) {
        answer(exchange -> say(exchange, 200, "{\"items\":[],\"next\":\"%s\"}".formatted(link)));
        assertThatThrownBy(() -> pages("/list").page(null))
                .isInstanceOf(RetryNever.class)
                .hasMessageContaining(message);
    }

    @Test
    void anAnswerThatCannotBeReadMayBeReadTheNextTime() {
        answer(exchange -> say(exchange, 200, "<html>down for maintenance"));
        assertThatThrownBy(() -> pages("/list").page(null))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("answer of http://127.0.0.1");
    }

    @Test
    void whatIsAskedWronglyIsRefusedAtOnce() {
        assertThatThrownBy(() -> HttpPages.from(URI.create("/list"), answer -> null))
                .hasMessageContaining("http or https address");
        assertThatThrownBy(() -> HttpPages.from(URI.create("ftp://x/y"), answer -> null))
                .hasMessageContaining("http or https address, got 'ftp://x/y'");
        assertThatThrownBy(() -> pages("/").deadline(Duration.ZERO)).hasMessageContaining("PT0S");
        assertThatThrownBy(() -> pages("/").maxBody(0)).hasMessageContaining("got 0");
    }
}
