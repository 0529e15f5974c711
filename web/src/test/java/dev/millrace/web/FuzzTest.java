package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.web.RouteCalls.Call;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Route;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * Every route, asked in every wrong way there is: never a 500, never a word of what is inside or of
 * somebody else's, never a job lost that was accepted.
 */
@Timeout(300)
class FuzzTest {
    private static final int ROUNDS = Integer.getInteger("millrace.fuzz.rounds", 30);
    private static final String MARK = "somebody-elses-secret";
    private static final List<String> TEXTS =
            List.of(
                    "%2e%2e",
                    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
                    "%252e%252e%252f",
                    "..;/",
                    "%c0%ae%c0%ae%c0%af",
                    "%00",
                    "a%00b",
                    "%ff%fe",
                    "%u002e",
                    "%",
                    "%2",
                    "%zz",
                    "%0d%0aX-Injected:%20yes",
                    "'%20or%201=1--",
                    "%3Cscript%3Ealert(1)%3C/script%3E",
                    "$%7Bjndi:ldap://x%7D",
                    "%F0%9F%92%A9",
                    "%E2%80%AE",
                    "-1",
                    "0",
                    "9223372036854775807",
                    "9223372036854775808",
                    "1e9",
                    "0x10",
                    "NaN",
                    "true",
                    "null",
                    "[]",
                    "",
                    "a".repeat(5_000),
                    "%41".repeat(3_000));
    private static final List<String> VALUES =
            List.of(
                    "null",
                    "true",
                    "-1",
                    "1e999999",
                    "99999999999999999999999",
                    "0.1",
                    "\"\"",
                    "\"\\u0000\"",
                    "\"\\ud800\"",
                    "\"" + "x".repeat(70_000) + "\"",
                    "[]",
                    "{}",
                    "[[[[]]]]",
                    "[".repeat(3_000) + "]".repeat(3_000),
                    "{\"a\":".repeat(500) + "1" + "}".repeat(500),
                    "\"*\"",
                    "\"99999999999d\"",
                    "\"0000-00-00T00:00:00Z\"",
                    "\"+1000000000-12-31T23:59:59Z\"");
    private static final List<String> HEADERS =
            List.of(
                    "Idempotency-Key: " + "k".repeat(500),
                    "Idempotency-Key: \u00ff\u00fe",
                    "Last-Event-ID: " + "x".repeat(3_000),
                    "Last-Event-ID: ../../etc/passwd",
                    "Authorization: Bearer",
                    "Authorization: Basic YTpi",
                    "Authorization: Bearer " + "t".repeat(5_000),
                    "Cookie: millrace=; millrace=x; " + "c=d; ".repeat(300),
                    "Cookie: millrace=" + "x".repeat(5_000),
                    "X-Millrace-CSRF: ' or 1=1",
                    "Origin: null",
                    "Origin: http://evil.example",
                    "Sec-Fetch-Site: cross-site",
                    "Host: evil.example",
                    "X-Forwarded-For: ::1, 6.6.6.6, \u00ff",
                    "X-Forwarded-Host: evil.example",
                    "X-Forwarded-Proto: gopher",
                    "If-None-Match: *",
                    "If-None-Match: \"" + "e,".repeat(2_000),
                    "Accept: application/xml",
                    "Accept-Encoding: gzip;q=nonsense, *;q=0",
                    "Expect: 100-continue",
                    "Expect: 200-ok",
                    "Transfer-Encoding: chunked",
                    "Transfer-Encoding: gzip, chunked",
                    "Content-Length: -1",
                    "Content-Encoding: gzip",
                    "Content-Encoding: br",
                    "Content-Type: application/json; charset=utf-16",
                    "Content-Type: multipart/form-data; boundary=x",
                    "Content-Type: \u00ff",
                    "Range: bytes=0-18446744073709551615",
                    "X-HTTP-Method-Override: DELETE",
                    "Upgrade: websocket",
                    "X: " + "y".repeat(20_000));
    private static final List<String> METHODS =
            List.of("PUT", "TRACE", "FROB", "get", "CONNECT", "HEAD", "OPTIONS", "DELETE", "POST");
    private static final Pattern LEAK =
            Pattern.compile(
                    MARK
                            + "|Exception|at dev\\.millrace|dev\\.millrace\\.|org\\.eclipse|java\\."
                            + "|/root/|/tmp/|/home/|jetty|tools\\.jackson",
                    Pattern.CASE_INSENSITIVE);

    /** What the network takes of a request that nobody reads. */
    private static final int TAKEN_UNREAD = 16 << 10;

    private record Answer(int status, String text) {}

    @Test
    void noRouteFailsOrTellsOrLosesWhateverIsSent() throws Exception {
        long seed = Long.getLong("millrace.seed", new Random().nextLong());
        System.out.println("fuzz of every route: seed " + seed);
        var random = new Random(seed);
        try (var calls =
                new RouteCalls(settings ->
                        People.with(settings)
                                .times(
                                        Duration.ofMillis(300),
                                        Duration.ofMillis(100),
                                        Duration.ofSeconds(5)))) {
            calls.served.tries = 20;
            var theirs = new ArrayList<Long>();
            for (int i = 0; i < 20; i++) {
                theirs.add(
                        calls.enqueue(
                                "{\"kind\":\"k\",\"queue\":\"theirs\",\"delay\":\"9h\",\"payload\":\""
                                        + MARK
                                        + "\"}"));
            }
            var accepted = new ArrayList<Long>();
            for (Route route : calls.served.web.routes()) {
                Call good = RouteCalls.CALLS.get(route.operation()).on(calls);
                for (int i = 0; i < ROUNDS; i++) {
                    byte[] request = request(route, good, random);
                    Answer answer = send(calls.served, request);
                    String what =
                            "seed %d, %s, round %d: %s\n=> %s"
                                    .formatted(
                                            seed,
                                            route.operation(),
                                            i,
                                            shown(request),
                                            answer.text());
                    assertThat(answer.status()).as(what).isBetween(200, 505).isNotEqualTo(500);
                    if (!route.operation().equals("openapi")) {
                        assertThat(LEAK.matcher(answer.text()).find()).as(what).isFalse();
                    }
                    if (answer.status() == 201 && route.operation().equals("enqueueJob")) {
                        accepted.add(id(answer.text()));
                    }
                }
            }
            for (long id : theirs) {
                var job = calls.served.get("/api/v1/jobs/" + id);
                assertThat(job.body()).contains("\"state\":\"scheduled\"", MARK);
            }
            for (long id : accepted) {
                assertThat(calls.served.get("/api/v1/jobs/" + id).statusCode()).isEqualTo(200);
            }
        }
    }

    private static long id(String answer) {
        var matcher = Pattern.compile("\"id\":(\\d+)").matcher(answer);
        assertThat(matcher.find()).as(answer).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    private static String shown(byte[] request) {
        String text = new String(request, StandardCharsets.ISO_8859_1);
        return text.length() > 1_500 ? text.substring(0, 1_500) + "…" : text;
    }

    private static <T> T any(List<T> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }

    /** A good request with up to three things wrong with it. */
    private static byte[] request(Route route, Call good, Random random) throws IOException {
        String method = route.method().name();
        String target = good.path();
        byte[] body = good.body().getBytes(StandardCharsets.UTF_8);
        var headers = new ArrayList<String>();
        headers.add("Host: localhost");
        headers.add("Authorization: Bearer " + People.MINE);
        if (!good.contentType().isEmpty()) {
            headers.add("Content-Type: " + good.contentType());
        }
        boolean length = true;
        for (int wrong = random.nextInt(3); wrong >= 0; wrong--) {
            switch (random.nextInt(7)) {
                case 0 -> target = path(route, target, random);
                case 1 -> target = query(route, target, random);
                case 2 -> body = body(body, random);
                case 3 -> {
                    String header = any(HEADERS, random);
                    String name = header.substring(0, header.indexOf(':') + 1);
                    headers.removeIf(each -> each.startsWith(name));
                    headers.add(header);
                    length &= !name.equals("Content-Length:") && !name.startsWith("Transfer-");
                    if (header.equals("Content-Encoding: gzip")) {
                        body = bomb();
                    }
                }
                case 4 -> method = any(METHODS, random);
                case 5 -> headers.addAll(Collections.nCopies(random.nextInt(1_500), "F: f"));
                default -> headers.removeIf(each -> each.startsWith("Authorization"));
            }
        }
        if (length) {
            headers.add("Content-Length: " + body.length);
        }
        headers.add("Connection: close");
        var request = new ByteArrayOutputStream();
        request.writeBytes(
                (method
                                + " "
                                + target
                                + " HTTP/1.1\r\n"
                                + String.join("\r\n", headers)
                                + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        return request.toByteArray();
    }

    private static String path(Route route, String target, Random random) {
        String template = route.template();
        if (template.contains("{") && random.nextInt(4) > 0) {
            return template.replaceAll(
                    "\\{[^}]*}", any(TEXTS, random).replace("$", "%24").replace("\\", "%5c"));
        }
        int slash = target.indexOf('/', 1 + random.nextInt(Math.max(1, target.length() - 1)));
        int at = slash < 0 ? target.length() : slash;
        return target.substring(0, at) + "/" + any(TEXTS, random) + target.substring(at);
    }

    private static String query(Route route, String target, Random random) {
        var query = new StringBuilder(target.contains("?") ? "&" : "?");
        for (int i = random.nextInt(3); i >= 0; i--) {
            List<String> names =
                    route.parameters().stream()
                            .filter(each -> each.in() == Parameter.In.QUERY)
                            .map(Parameter::name)
                            .toList();
            String name = names.isEmpty() || random.nextInt(4) == 0 ? "x" : any(names, random);
            query.append(name).append('=').append(any(TEXTS, random)).append('&');
        }
        if (random.nextInt(10) == 0) {
            query.append("p&".repeat(100));
        }
        return target + query;
    }

    private static byte[] body(byte[] good, Random random) {
        String text = new String(good, StandardCharsets.UTF_8);
        return switch (random.nextInt(7)) {
            case 0 -> any(VALUES, random).getBytes(StandardCharsets.UTF_8);
            case 1 ->
                    text.replaceFirst(":(\"[^\"]*\"|\\d+|\\{})", ":" + quoted(random))
                            .getBytes(StandardCharsets.UTF_8);
            case 2 -> text.getBytes(StandardCharsets.UTF_16);
            case 3 -> {
                byte[] bytes = new byte[random.nextInt(2_000)];
                random.nextBytes(bytes);
                yield bytes;
            }
            case 4 ->
                    text.substring(0, random.nextInt(text.length() + 1))
                            .getBytes(StandardCharsets.UTF_8);
            case 5 -> ("\uFEFF" + text + text).getBytes(StandardCharsets.UTF_8);
            default -> " ".repeat(2 << 20).getBytes(StandardCharsets.UTF_8);
        };
    }

    private static String quoted(Random random) {
        return Matcher.quoteReplacement(any(VALUES, random));
    }

    /** A hundred megabytes of spaces, in a hundred kilobytes. */
    private static byte[] bomb() throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zipped = new GZIPOutputStream(bytes)) {
            byte[] spaces = " ".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 100; i++) {
                zipped.write(spaces);
            }
        }
        return bytes.toByteArray();
    }

    /**
     * Reads an answer to its end, of one without an end the beginning. A server that closes before
     * it has read all of a long request resets the connection, and the answer may be lost with it
     * (RFC 9112, section 9.6): such a request is sent again, often. Any other is a few times: a
     * process that stood still for long takes a connection for silent before it reads from it.
     */
    private static Answer send(Served served, byte[] request) throws IOException {
        int triesLeft = request.length > TAKEN_UNREAD ? 20 : 4;
        String text = "";
        while (text.isEmpty() && triesLeft-- > 0) {
            text = sendOnce(served, request);
        }
        assertThat(text).as(shown(request)).startsWith("HTTP/1.1 ");
        return new Answer(Integer.parseInt(text.substring(9, 12)), text);
    }

    /** Answers nothing where the connection was reset. */
    private static String sendOnce(Served served, byte[] request) throws IOException {
        var answer = new ByteArrayOutputStream();
        try (var socket = new Socket("127.0.0.1", served.web.port())) {
            socket.setSoTimeout(60_000);
            try {
                socket.getOutputStream().write(request);
                socket.getOutputStream().flush();
            } catch (IOException e) {
                // the server answered and closed before it had read everything
            }
            byte[] piece = new byte[16 << 10];
            while (answer.size() < 200_000) {
                int read = socket.getInputStream().read(piece);
                if (read < 0) {
                    break;
                }
                answer.write(piece, 0, read);
                if (answer.toString(StandardCharsets.UTF_8).contains("text/event-stream")) {
                    break;
                }
            }
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            // reset after the answer: what came before counts
        }
        return answer.toString(StandardCharsets.UTF_8);
    }
}
