package dev.millrace.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The kind {@code http.request}, run by a worker, against a real server with every fault. */
@Timeout(60)
class HttpRequestKindTest {
    private static final Task<RawJson> REQUEST = Task.named("http.request", RawJson.class);
    private static final RetryPolicy HOURS = RetryPolicy.standard().fixed(Duration.ofHours(2));

    private final MemoryStore store = new MemoryStore();
    private final HttpRequestKind kind = new HttpRequestKind(Clock.systemUTC(), HttpReach.all(), 2);
    private ScriptedServer server;
    private Millrace millrace;

    @BeforeEach
    void start() throws Exception {
        server = new ScriptedServer();
        var builder = Millrace.builder().store(store).drain(Duration.ofSeconds(5));
        kind.configure(builder);
        millrace = builder.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        millrace.close();
        kind.close();
    }

    @Test
    void anAnswerIsTheResult() throws Exception {
        server.on("/a", "200 OK", "Content-Type: text/plain\r\nETag: \"7\"\r\n", "hello");
        var result = completed("{'method': 'get', 'url': '%s'}", "/a?b=c");
        assertThat(result.get("status").intValue()).isEqualTo(200);
        assertThat(result.get("body").stringValue()).isEqualTo("hello");
        assertThat(result.get("truncated").booleanValue()).isFalse();
        assertThat(result.get("headers").get("etag").stringValue()).isEqualTo("\"7\"");
        assertThat(server.requests().getFirst().line()).isEqualTo("GET /a?b=c HTTP/1.1");
        assertThat(server.requests().getFirst().head()).contains("Millrace-Job: ");
    }

    @Test
    void aBodyIsSentAsItStandsAndJsonKeepsEveryDigit() throws Exception {
        server.on("/a", "201 Created", "", "");
        completed(
                "{'method':'POST','url':'%s','body':{'n':0.12345678901234567890},"
                        + "'headers':{'X-Key':'k'}}",
                "/a");
        var sent = server.requests().getFirst();
        assertThat(sent.body()).isEqualTo("{\"n\":0.12345678901234567890}");
        assertThat(sent.head()).contains("Content-Type: application/json", "X-Key: k");
        completed("{'method':'PUT','url':'%s','body':'plain'}", "/a");
        assertThat(server.requests().get(1).body()).isEqualTo("plain");
    }

    @Test
    void anExpectedStatusCompletesAndOthersDoNot() throws Exception {
        server.on("/gone", "410 Gone", "", "bye").on("/ok", "200 OK", "", "");
        assertThat(completed("{'method':'GET','url':'%s','expect':[404,410]}", "/gone"))
                .isNotNull();
        assertThat(discarded("{'method':'GET','url':'%s','expect':204}", "/ok"))
                .startsWith("expected status 204 from GET http://127.0.0.1:")
                .endsWith("got 200");
    }

    @Test
    void aHugeBodyIsCutAndSaysSo() throws Exception {
        server.on(
                "/huge",
                (request, out) -> {
                    out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    var part = "é".repeat(5_001).getBytes(StandardCharsets.UTF_8);
                    for (int i = 0; i < 100_000; i++) {
                        out.write(part);
                    }
                });
        var result = completed("{'method':'GET','url':'%s'}", "/huge");
        assertThat(result.get("truncated").booleanValue()).isTrue();
        assertThat(result.get("body").stringValue()).hasSize(32 * 1024).matches("é+");
    }

    @Test
    void aBodyThatIsNoTextComesInBase64() throws Exception {
        server.on("/bytes", "200 OK", "", "\u00ff\u00fe\u0000");
        var result = completed("{'method':'GET','url':'%s'}", "/bytes");
        assertThat(Base64.getDecoder().decode(result.get("bodyBase64").stringValue()))
                .containsExactly(0xff, 0xfe, 0);
    }

    @Test
    void busyServersAreAskedAgainWhenTheySayWithoutSpendingAnAttempt() throws Exception {
        server.on("/429", "429 Too Many", "Retry-After: 120\r\n", "slow down");
        assertThat(snoozed("/429")).isBetween(120L, 180L);
        String dates =
                "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n"
                        + "Retry-After: Wed, 21 Oct 2015 07:38:00 GMT\r\n";
        server.on("/503", "503 Busy", dates, "");
        assertThat(snoozed("/503")).isBetween(600L, 660L);
        server.on("/long", "429 Too Many", "Retry-After: 99999999999\r\n", "");
        assertThat(snoozed("/long")).isBetween(3_600L, 3_660L);
    }

    @ParameterizedTest
    @CsvSource({
        "500 Oops, '', expected status 2xx from GET * got 500: it broke",
        "503 Busy, '', expected status 2xx from GET * got 503: it broke",
        "429 Busy, 'Retry-After: soon', expected status 2xx from GET * got 429: it broke",
        "408 Slow, '', expected status 2xx from GET * got 408: it broke",
    })
    void failuresAreRetried(String status, String header, String message) throws Exception {
        server.on("/x", status, header.isEmpty() ? "" : header + "\r\n", "it\nbroke");
        assertThat(failed("{'method':'GET','url':'%s'}", "/x"))
                .startsWith(message.substring(0, message.indexOf('*')))
                .endsWith(message.substring(message.indexOf('*') + 1));
    }

    @Test
    void aBodyThatStallsIsCutAtTheDeadlineAndRetried() throws Exception {
        var hungUp = new CountDownLatch(1);
        server.on(
                "/slow",
                (request, out) -> {
                    out.write("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nab".getBytes());
                    out.flush();
                    while (!server.closed.await(20, TimeUnit.MILLISECONDS)) {
                        try {
                            out.write('.');
                            out.flush();
                        } catch (java.io.IOException e) {
                            hungUp.countDown();
                            throw e;
                        }
                        if (server.requests().size() > 1) {
                            return;
                        }
                        server.closed.await(300, TimeUnit.MILLISECONDS);
                    }
                });
        assertThat(failed("{'method':'GET','url':'%s','timeout':'3s'}", "/slow"))
                .startsWith("expected a whole answer from GET http://127.0.0.1:")
                .endsWith("within 3s, got status 200 and part of its body");
        assertThat(hungUp.await(20, TimeUnit.SECONDS)).as("the connection was closed").isTrue();
    }

    @Test
    void silenceAndBrokenConnectionsAreRetried() throws Exception {
        server.on("/silent", (request, out) -> server.closed.await());
        assertThat(failed("{'method':'GET','url':'%s','timeout':'300ms'}", "/silent"))
                .endsWith("within 300ms, got nothing");
        server.on(
                "/cut",
                (request, out) ->
                        out.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab".getBytes()));
        assertThat(failed("{'method':'GET','url':'%s'}", "/cut"))
                .contains("expected a whole answer", "after status 200 and part of its body");
        server.on("/hang-up", (request, out) -> {});
        assertThat(failed("{'method':'GET','url':'%s'}", "/hang-up")).contains("after nothing");
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        assertThat(failed("{'method':'GET','url':'http://127.0.0.1:" + port + "/'}", ""))
                .contains("ConnectException");
    }

    @Test
    void redirectsAreFollowedAsBrowsersDo() throws Exception {
        server.on("/start", "302 Found", "Location: /end?x=1\r\n", "")
                .on("/keep", "307 Temporary", "Location: /end\r\n", "")
                .on("/end", "200 OK", "", "there");
        var post = "{'method':'POST','url':'%s','body':'b','headers':{'Authorization':'s'}}";
        assertThat(completed(post, "/start").get("url").stringValue()).endsWith("/end?x=1");
        assertThat(server.requests().get(1).line()).isEqualTo("GET /end?x=1 HTTP/1.1");
        assertThat(server.requests().get(1).head()).contains("Authorization: s");
        completed(post, "/keep");
        assertThat(server.requests().get(3).line()).isEqualTo("POST /end HTTP/1.1");
        assertThat(server.requests().get(3).body()).isEqualTo("b");
    }

    @Test
    void secretsDoNotTravelToAnotherOrigin() throws Exception {
        try (var other = new ScriptedServer()) {
            other.on("/end", "200 OK", "", "there");
            server.on("/start", "307 T", "Location: " + other.url("/end") + "\r\n", "");
            completed(
                    "{'method':'POST','url':'%s','body':'b',"
                            + "'headers':{'Authorization':'s','X-Api-Key':'k'}}",
                    "/start");
            var sent = other.requests().getFirst();
            assertThat(sent.head()).contains("text/plain").doesNotContain("Authorization", "X-Api");
        }
    }

    @Test
    void redirectsThatLeadNowhereDiscard() throws Exception {
        server.on("/loop", "302 Found", "Location: /loop\r\n", "");
        assertThat(discarded("{'method':'GET','url':'%s'}", "/loop"))
                .contains("after at most 5 redirects, got another one");
        assertThat(server.requests()).hasSize(6);
        server.on("/ftp", "302 Found", "Location: ftp://example.org/\r\n", "");
        assertThat(discarded("{'method':'GET','url':'%s'}", "/ftp"))
                .contains("http:// or https://, got 'ftp:'");
        server.on("/304", "304 Not Modified", "", "");
        assertThat(discarded("{'method':'GET','url':'%s'}", "/304")).endsWith("got 304");
        assertThat(completed("{'method':'GET','url':'%s','expect':302}", "/loop").get("status"))
                .hasToString("302");
    }

    @Test
    void otherRefusalsDiscard() throws Exception {
        server.on("/403", "403 Forbidden", "", "<p>no\tentry</p>");
        assertThat(discarded("{'method':'DELETE','url':'%s'}", "/403?token=secret"))
                .endsWith("/403, got 403: <p>no entry</p>")
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]|expected a JSON object {method, url, …}, got array",
                "{'url':'http://a/'}|'method' must be a string, got none",
                "{'method':'BREW','url':'http://a/'}|'method' must be one of GET, HEAD, POST",
                "{'method':'GET'}|'url' must be a string, got none",
                "{'method':'GET','url':7}|'url' must be a string, got number",
                "{'method':'GET','url':'file:///etc/passwd'}|http:// or https://, got 'file:'",
                "{'method':'GET','url':'/a'}|http:// or https://, got neither",
                "{'method':'GET','url':'http://u:p@a/'}|must not carry credentials",
                "{'method':'GET','url':'http:///a'}|'url' must",
                "{'method':'GET','url':'http://a:99999/'}|a port from 1 to 65535, got 99999",
                "{'method':'GET','url':'http://a/ b'}|must be a web address",
                "{'method':'GET','url':'http://a/','body':'x'}|a GET has no body, got one",
                "{'method':'GET','url':'http://a/','headers':[]}|'headers' must be an object",
                "{'method':'GET','url':'http://a/','headers':{'Host':'b'}}|by the client itself",
                "{'method':'GET','url':'http://a/','headers':{'a b':'b'}}|the name of a header",
                "{'method':'GET','url':'http://a/','headers':{'A':'b\\r\\nC: d'}}|printable ASCII",
                "{'method':'GET','url':'http://a/','expect':99}|from 200 to 599",
                "{'method':'GET','url':'http://a/','expect':[]}|from 200 to 599",
                "{'method':'GET','url':'http://a/','expect':'ok'}|from 200 to 599",
                "{'method':'GET','url':'http://a/','timeout':'soon'}|'timeout': expected a"
                        + " duration",
                "{'method':'GET','url':'http://a/','timeout':'1h'}|must be 100ms to 10m, got '1h'",
                "{'method':'GET','url':'http://a/','header':{}}|did you mean 'headers'?",
                "{'method':'GET','method':'GET','url':'http://a/'}|expected one JSON object",
            })
    void payloadsThatCannotBeCalledDiscardWithAReason(String payload, String reason)
            throws Exception {
        assertThat(discarded(payload, "")).contains(reason);
    }

    @Test
    void soManyCallsAtOnceToOneOriginAndTheOthersWaitUnspent() throws Exception {
        var entered = new CountDownLatch(2);
        var release = new CountDownLatch(1);
        var atOnce = new AtomicInteger();
        server.on(
                "/busy",
                (request, out) -> {
                    atOnce.incrementAndGet();
                    entered.countDown();
                    release.await();
                    out.write(ScriptedServer.answer("200 OK", "", ""));
                });
        long first = enqueue("{'method':'GET','url':'%s'}", "/busy");
        long second = enqueue("{'method':'GET','url':'%s'}", "/busy");
        assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
        long third = enqueue("{'method':'GET','url':'%s'}", "/busy");
        assertThat(ended(third).end()).isEqualTo(Attempt.End.SNOOZED);
        assertThat(atOnce).hasValue(2);
        release.countDown();
        for (long id : new long[] {first, second}) {
            assertThat(ended(id).end()).isEqualTo(Attempt.End.COMPLETED);
        }
    }

    @Test
    void originsAreForgottenWhenNobodyCallsThem() throws Exception {
        var hosts = new Hosts(1);
        var held = hosts.enter("http://a:80", Duration.ZERO).orElseThrow();
        assertThat(hosts.enter("http://a:80", Duration.ofMillis(1))).isEmpty();
        assertThat(hosts.remembered()).isEqualTo(1);
        held.close();
        assertThat(hosts.remembered()).isZero();
    }

    private JsonNode completed(String payload, String path) throws Exception {
        var ended = ended(enqueue(payload, path));
        assertThat(ended.end()).as(String.valueOf(ended.error())).isEqualTo(Attempt.End.COMPLETED);
        return JsonMapper.shared().readTree(ended.result());
    }

    private String discarded(String payload, String path) throws Exception {
        var ended = ended(enqueue(payload, path));
        assertThat(ended.end()).isEqualTo(Attempt.End.DISCARDED);
        return ended.error().message();
    }

    private String failed(String payload, String path) throws Exception {
        var ended = ended(enqueue(payload, path));
        assertThat(ended.end()).isEqualTo(Attempt.End.FAILED);
        return ended.error().message();
    }

    /** Runs a job that is snoozed; answers how many seconds after its beginning it runs again. */
    private long snoozed(String path) throws Exception {
        long id = enqueue("{'method':'GET','url':'%s'}", path);
        Attempt first = ended(id);
        assertThat(first.end()).isEqualTo(Attempt.End.SNOOZED);
        JobSnapshot job = store.find(id).orElseThrow();
        assertThat(job.attempt()).isEqualTo(1);
        var due = ((JobState.Scheduled) job.state()).runAt();
        return Duration.between(first.startedAt(), due).toSeconds();
    }

    private long enqueue(String payload, String path) throws Exception {
        String text = payload.replace('\'', '"').replace("%s", server.url(path));
        return millrace.enqueue(REQUEST.with(new RawJson(text)).retry(HOURS)).id();
    }

    /** The first attempt at a job, once it has ended. */
    private Attempt ended(long id) {
        await().atMost(Duration.ofSeconds(40))
                .until(() -> !store.find(id).orElseThrow().attempts().isEmpty());
        return store.find(id).orElseThrow().attempts().getFirst();
    }
}
