package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.JobFilter;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.Random;
import java.util.stream.Stream;

/** Whatever comes, the answer is a problem that names it, and never a 500. */
@Timeout(120)
class HostileTest {
    private static final String MIXED_IN = "{}[]\",:\\u0\n";
    private static final MemoryStore STORE = new MemoryStore();
    private static final Served SERVED = new Served(STORE);

    @BeforeAll
    static void onlyLooks() {
        assertThat(SERVED.web.port()).isPositive();
    }

    @AfterAll
    static void close() {
        SERVED.close();
    }

    /** A request as it goes over the wire, and what comes back. */
    record Hostile(String name, String request, int status, String says) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Hostile line(String name, String line, int status, String says) {
        return new Hostile(
                name, line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n", status, says);
    }

    private static Hostile post(String name, String body, int status, String says) {
        return post(name, "application/json", body, status, says);
    }

    private static Hostile post(String name, String type, String body, int status, String says) {
        return new Hostile(
                name,
                "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Content-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(type, body.length(), body),
                status,
                says);
    }

    private static String delay(String text) {
        return "{\"kind\":\"k\",\"delay\":\"" + text + "\"}";
    }

    static Stream<Hostile> requests() {
        String job = "{\"kind\":\"k\"}";
        return Stream.of(
                line("no such route", "GET /api/v1/nothing HTTP/1.1", 404, "no-such-path"),
                line("wrong method", "PUT /api/v1/jobs HTTP/1.1", 405, "Allow: GET, HEAD, POST"),
                line("trace", "TRACE /api/v1/jobs HTTP/1.1", 405, "wrong-method"),
                line("made-up method", "FROB /api/v1/jobs HTTP/1.1", 405, "wrong-method"),
                line("id no number", "GET /api/v1/jobs/x HTTP/1.1", 400, "parameter 'id' must be"),
                line("id zero", "GET /api/v1/jobs/0 HTTP/1.1", 400, "parameter 'id' must be"),
                line("id too large", "GET /api/v1/jobs/99999999999999999999 HTTP/1.1", 400, "id"),
                line("id overflows", "GET /api/v1/jobs/9999999999999999999 HTTP/1.1", 400, "id"),
                line("id in other digits", "GET /api/v1/jobs/%D9%A1 HTTP/1.1", 400, "'id'"),
                line("no such job", "GET /api/v1/jobs/77777 HTTP/1.1", 404, "no-such-job"),
                line("limit", "GET /api/v1/jobs?limit=1001 HTTP/1.1", 400, "from 1 to 1000"),
                line("limit negative", "GET /api/v1/jobs?limit=-1 HTTP/1.1", 400, "'limit'"),
                line("state", "GET /api/v1/jobs?state=lost HTTP/1.1", 400, "one of scheduled"),
                line("cursor", "GET /api/v1/jobs?after=nonsense HTTP/1.1", 400, "cursor"),
                line("cursor empty", "GET /api/v1/jobs?after= HTTP/1.1", 400, "cursor"),
                line("queue", "GET /api/v1/jobs?queue=a%20b HTTP/1.1", 400, "'queue'"),
                line("wait", "GET /api/v1/jobs/1?wait=2h HTTP/1.1", 400, "at most 1m"),
                line("wait huge", "GET /api/v1/jobs/1?wait=999999999999d HTTP/1.1", 400, "'wait'"),
                line("unknown parameter", "GET /api/v1/jobs?limt=1 HTTP/1.1", 400, "'limt'"),
                line("parameter twice", "GET /api/v1/jobs?limit=1&limit=2 HTTP/1.1", 400, "twice"),
                line("bad escape", "GET /api/v1/jobs?queue=%zz HTTP/1.1", 400, "problem"),
                line("half an escape", "GET /api/v1/jobs?queue=a%2 HTTP/1.1", 400, "problem"),
                line("no UTF-8", "GET /api/v1/jobs?queue=%FF HTTP/1.1", 400, "invalid-encoding"),
                line("NUL", "GET /api/v1/jobs?queue=%00 HTTP/1.1", 400, "invalid-encoding"),
                line("dots", "GET /../../../etc/passwd HTTP/1.1", 400, "problem"),
                line("dots escaped", "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1", 400, "problem"),
                line("slash escaped", "GET /..%2f..%2fetc%2fpasswd HTTP/1.1", 404, "no-such-path"),
                line("backslash", "GET /..\\..\\etc HTTP/1.1", 400, "problem"),
                line("class file", "GET /api/Dashboard.class HTTP/1.1", 404, "no-such-path"),
                line("path without slash", "GET api HTTP/1.1", 400, "problem"),
                line("no HTTP", "HELLO", 400, "problem"),
                line("old HTTP", "GET / HTTP/0.9", 505, "problem"),
                line("long path", "GET /" + "a".repeat(100_000) + " HTTP/1.1", 414, "problem"),
                new Hostile(
                        "header flood",
                        "GET / HTTP/1.1\r\nHost: localhost\r\n"
                                + "X: y\r\n".repeat(20_000)
                                + "\r\n",
                        431,
                        "problem"),
                new Hostile("no host", "GET / HTTP/1.1\r\n\r\n", 400, "problem"),
                new Hostile(
                        "foreign host",
                        "GET /api/v1/queues HTTP/1.1\r\nHost: evil.example\r\nConnection: close"
                                + "\r\n\r\n",
                        421,
                        "wrong-host"),
                new Hostile(
                        "foreign origin",
                        "POST /api/v1/jobs/1/retry HTTP/1.1\r\nHost: localhost\r\nOrigin:"
                                + " https://evil.example\r\nConnection: close\r\n\r\n",
                        403,
                        "cross-origin"),
                new Hostile(
                        "cross-site",
                        "POST /api/v1/jobs/1/retry HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site:"
                                + " cross-site\r\nConnection: close\r\n\r\n",
                        403,
                        "cross-origin"),
                new Hostile(
                        "length no number",
                        "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                                + " application/json\r\nContent-Length: x\r\n\r\n{}",
                        400,
                        "problem"),
                new Hostile(
                        "two lengths",
                        "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                                + " application/json\r\nContent-Length: 2\r\nContent-Length: 5"
                                + "\r\n\r\n{}",
                        400,
                        "problem"),
                new Hostile(
                        "bad chunk",
                        "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                                + " application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"
                                + "\r\n0\r\n\r\n",
                        400,
                        "problem"),
                new Hostile(
                        "said to be huge",
                        "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                                + " application/json\r\nContent-Length: 99999999999\r\n\r\n",
                        413,
                        "too-large"),
                new Hostile(
                        "compressed",
                        "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                                + " application/json\r\nContent-Encoding: gzip\r\nContent-Length:"
                                + " 2\r\nConnection: close\r\n\r\n{}",
                        415,
                        "wrong-content-encoding"),
                post("no type", "", job, 415, "wrong-content-type"),
                post("a form", "application/x-www-form-urlencoded", "kind=k", 415, "got"),
                post("text", "text/plain", job, 415, "wrong-content-type"),
                post("empty", "", 400, "one JSON object, got nothing"),
                post("no JSON", "kind=k", 400, "line 1, column"),
                post("half", "{\"kind\":\n \"k\"", 400, "\"line\":2"),
                post("an array", "[]", 400, "one JSON object, got an array"),
                post("two documents", job + job, 400, "got more after it"),
                post("no kind", "{}", 400, "member 'kind' is missing"),
                post("kind of another type", "{\"kind\":1}", 400, "'kind' must be a string"),
                post("kind null", "{\"kind\":null}", 400, "'kind' must be a string, got null"),
                post("kind empty", "{\"kind\":\"\"}", 400, "\"field\":\"kind\""),
                post("kind with spaces", "{\"kind\":\"a b\"}", 400, "U+0020"),
                post("unknown", "{\"kind\":\"k\",\"prio\":1}", 400, "\"field\":\"prio\""),
                post("twice", "{\"kind\":\"k\",\"kind\":\"k\"}", 400, "Duplicate"),
                post("twice inside", "{\"kind\":\"k\",\"payload\":{\"a\":1,\"a\":2}}", 400, "Dupl"),
                post("priority", "{\"kind\":\"k\",\"priority\":10}", 400, "0 (lowest) to 9"),
                post("priority float", "{\"kind\":\"k\",\"priority\":1.5}", 400, "'priority'"),
                post("priority huge", "{\"kind\":\"k\",\"priority\":1e999}", 400, "'priority'"),
                post("priority long", "{\"kind\":\"k\",\"priority\":99999999999}", 400, "32 bits"),
                post("delay", "{\"kind\":\"k\",\"delay\":\"soon\"}", 400, "expected a duration"),
                post("delay huge", "{\"kind\":\"k\",\"delay\":\"999999999999d\"}", 400, "delay"),
                post("delay sum", delay("999999999999d".repeat(7)), 400, "must be 0s to 365 days"),
                post("delay long", delay("1s".repeat(200_000)), 400, "expected a duration"),
                post("run-at", "{\"kind\":\"k\",\"runAt\":\"tomorrow\"}", 400, "a moment"),
                post("tags", "{\"kind\":\"k\",\"tags\":[[1]]}", 400, "'tags' must be"),
                post("depth", "{\"kind\":\"k\",\"payload\":" + "[".repeat(5000), 400, "depth"),
                post(
                        "long number",
                        "{\"kind\":\"k\",\"payload\":" + "1".repeat(2000),
                        400,
                        "umber"),
                post(
                        "several faults",
                        "{\"kind\":1,\"priority\":\"x\",\"nope\":{\"a\":[1]},\"queue\":\"\"}",
                        400,
                        "\"field\":\"queue\""),
                post("no UTF-8 body", "{\"kind\":\"k\u00FF\"}", 400, "0xFF at position 11"),
                post(
                        "payload too large",
                        "{\"kind\":\"k\",\"payload\":\"" + "x".repeat(1 << 20) + "\"}",
                        413,
                        "at most 1048576 bytes"));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void isAnsweredWithAProblemThatNamesIt(Hostile hostile) throws IOException {
        int before = STORE.list(JobFilter.all(), 1000, null).items().size();
        String answer = SERVED.raw(hostile.request());
        assertThat(answer).startsWith("HTTP/1.1 " + hostile.status()).contains(hostile.says());
        assertThat(answer).contains("application/problem+json");
        assertThat(answer).doesNotContain("Exception", "jetty", "Jetty", "at dev.millrace");
        assertThat(STORE.list(JobFilter.all(), 1000, null).items()).hasSize(before);
    }

    @Test
    void mutatedBodiesAreAcceptedOrRefusedButNeverFail() throws Exception {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        String good =
                "{\"kind\":\"a.b\",\"payload\":{\"x\":[1,2.5,\"\\u00e9\"],\"y\":null},\"queue\":"
                        + "\"q\",\"priority\":3,\"delay\":\"1h\",\"tags\":[\"t\"]}";
        for (int i = 0; i < 500; i++) {
            var bytes = new StringBuilder(good);
            for (int j = random.nextInt(4); j >= 0; j--) {
                int at = random.nextInt(bytes.length());
                switch (random.nextInt(3)) {
                    case 0 -> bytes.setCharAt(at, (char) random.nextInt(256));
                    case 1 -> bytes.deleteCharAt(at);
                    default -> bytes.insert(at, MIXED_IN.charAt(random.nextInt(MIXED_IN.length())));
                }
            }
            var answer = SERVED.enqueue(bytes.toString());
            assertThat(answer.statusCode())
                    .as("seed %d, body %s, answer %s", seed, bytes, answer.body())
                    .isIn(201, 400);
        }
    }
}
