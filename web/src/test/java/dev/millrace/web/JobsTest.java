package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.job.Verdict;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpRequest.BodyPublishers;
import java.util.HashSet;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/** Jobs over HTTP: enqueued, looked at, waited for, listed, retried. */
@Timeout(60)
class JobsTest {
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final MemoryStore store = new MemoryStore();
    private final Served served =
            new Served(
                    store,
                    builder ->
                            builder.handle(
                                            Task.named("echo", RawJson.class),
                                            (payload, job) -> payload)
                                    .handle(
                                            Task.named("held", RawJson.class),
                                            (payload, job) -> {
                                                mayEnd.await();
                                                return "done";
                                            })
                                    .handle(
                                            Task.named("bad", RawJson.class)
                                                    .on(
                                                            IllegalStateException.class,
                                                            Verdict.discard()),
                                            (payload, job) -> {
                                                throw new IllegalStateException("no");
                                            }),
                    UnaryOperator.identity());

    @AfterEach
    void close() {
        mayEnd.countDown();
        served.close();
    }

    @Test
    void anEnqueuedJobIsAnsweredWholeAndFoundAtItsLocation() throws Exception {
        var answer =
                served.enqueue(
                        """
                        {"kind": "nobody.knows", "queue": "q", "priority": 7, "tags": ["a", "b"],
                         "maxAttempts": 3, "delay": "1h",
                         "payload": {"n": 12345678901234567890.1234567890123456789}}
                        """);
        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(answer.body()).contains("{\"n\": 12345678901234567890.1234567890123456789}");
        var job = Served.json(answer);
        assertThat(job.get("state").asString()).isEqualTo("scheduled");
        assertThat(job.get("waiting").get("reason").asString()).isEqualTo("due-later");
        String location = answer.headers().firstValue("Location").orElseThrow();
        assertThat(location).isEqualTo("/api/v1/jobs/" + job.get("id").asLong());
        var found = Served.json(served.get(location));
        for (String same :
                new String[] {
                    "id",
                    "kind",
                    "version",
                    "queue",
                    "state",
                    "priority",
                    "tags",
                    "payload",
                    "attempt",
                    "maxAttempts",
                    "createdAt",
                    "runAt",
                    "attempts"
                }) {
            assertThat(found.get(same)).as(same).isEqualTo(job.get(same));
        }
    }

    @Test
    void whoWaitsGetsTheResultWhenTheJobEnds() throws Exception {
        var id = Served.json(served.enqueue("{\"kind\":\"echo\",\"payload\":{\"a\":1}}")).get("id");
        var job = Served.json(served.get("/api/v1/jobs/" + id.asLong() + "?wait=30s"));
        assertThat(job.get("state").asString()).isEqualTo("completed");
        assertThat(job.get("result").toString()).isEqualTo("{\"a\":1}");
        assertThat(job.get("attempts")).hasSize(1);
    }

    @Test
    void whoWaitsInVainGetsTheJobAsItStands() throws Exception {
        var id = Served.json(served.enqueue("{\"kind\":\"held\"}")).get("id").asLong();
        var job = Served.json(served.get("/api/v1/jobs/" + id + "?wait=1ms"));
        assertThat(job.get("state").asString()).isIn("available", "running");
    }

    @Test
    void aDiscardedJobIsRetriedAndACompletedOneStays() throws Exception {
        var bad = Served.json(served.enqueue("{\"kind\":\"bad\"}")).get("id").asLong();
        var discarded = Served.json(served.get("/api/v1/jobs/" + bad + "?wait=30s"));
        assertThat(discarded.get("state").asString()).isEqualTo("discarded");
        assertThat(discarded.get("error").get("message").asString()).isNotEmpty();
        var again = served.post("/api/v1/jobs/" + bad + "/retry", "application/json", "");
        assertThat(again.statusCode()).isEqualTo(200);
        served.get("/api/v1/jobs/" + bad + "?wait=30s");
        var twice = Served.json(served.get("/api/v1/jobs/" + bad + "?wait=30s"));
        assertThat(twice.get("attempts")).hasSizeGreaterThan(1);

        var echo = Served.json(served.enqueue("{\"kind\":\"echo\"}")).get("id").asLong();
        served.get("/api/v1/jobs/" + echo + "?wait=30s");
        var refused = served.post("/api/v1/jobs/" + echo + "/retry", "text/plain", "");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(Served.json(refused).get("code").asString()).isEqualTo("wrong-state");
        assertThat(Served.json(refused).get("got").asString()).isEqualTo("completed");
    }

    @Test
    void pagesOfAListHoldEveryJobOnce() throws Exception {
        for (int i = 0; i < 130; i++) {
            served.enqueue("{\"kind\":\"nobody.knows\",\"queue\":\"q\",\"tags\":[\"t\"]}");
        }
        served.enqueue("{\"kind\":\"other\",\"queue\":\"r\"}");
        var seen = new HashSet<Long>();
        String after = "";
        int pages = 0;
        do {
            var page =
                    Served.json(
                            served.get(
                                    "/api/v1/jobs?state=available&queue=q&kind=nobody.knows&tag=t"
                                            + "&limit=60"
                                            + after));
            page.get("items").forEach(job -> assertThat(seen.add(job.get("id").asLong())).isTrue());
            after = page.get("next").isNull() ? "" : "&after=" + page.get("next").asString();
            pages++;
        } while (!after.isEmpty());
        assertThat(seen).hasSize(130);
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void aListComesWithoutPayloadsAndResultsWhereAsked() throws Exception {
        served.enqueue("{\"kind\":\"nobody.knows\",\"payload\":{\"a\":1}}");
        var full = Served.json(served.get("/api/v1/jobs?payload=yes")).get("items").get(0);
        assertThat(full).isEqualTo(Served.json(served.get("/api/v1/jobs")).get("items").get(0));
        assertThat(full.get("payload").get("a").asInt()).isEqualTo(1);
        var brief = Served.json(served.get("/api/v1/jobs?payload=no")).get("items").get(0);
        assertThat(brief.get("id")).isEqualTo(full.get("id"));
        assertThat(brief.has("payload")).isFalse();
        assertThat(served.get("/api/v1/jobs?payload=maybe").statusCode()).isEqualTo(400);
    }

    @Test
    void queuesAndWorkersAreListed() throws Exception {
        served.enqueue("{\"kind\":\"nobody.knows\",\"queue\":\"a/b:c\"}");
        var queue = Served.json(served.get("/api/v1/queues")).get("items").get(0);
        assertThat(queue.get("queue").asString()).isEqualTo("a/b:c");
        assertThat(queue.get("available").asInt()).isEqualTo(1);
        var worker = Served.json(served.get("/api/v1/workers")).get("items").get(0);
        assertThat(worker.get("state").asString()).isEqualTo("alive");
        assertThat(worker.get("queues").get("default").asInt()).isEqualTo(64);
    }

    @Test
    void largeAnswersAreCompressedForThoseWhoTakeThat() throws Exception {
        served.enqueue("{\"kind\":\"k\",\"queue\":\"q\",\"payload\":\"" + "x".repeat(5000) + "\"}");
        var plain = served.get("/api/v1/jobs");
        assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(plain.headers().firstValue("Vary")).hasValue("Accept-Encoding");
        var zipped = served.send(served.to("/api/v1/jobs").header("Accept-Encoding", "gzip"));
        assertThat(zipped.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(zipped.headers().firstValueAsLong("Content-Length").orElseThrow())
                .isLessThan(1000);
        var small = served.send(served.to("/health/live").header("Accept-Encoding", "gzip"));
        assertThat(small.headers().firstValue("Content-Encoding")).isEmpty();
    }

    @Test
    void aBodySentInPiecesWithoutALengthIsReadWhole() throws Exception {
        var pieces =
                BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream("{\"kind\": \"k\"}".getBytes()));
        var answer =
                served.send(
                        served.to("/api/v1/jobs")
                                .header("Content-Type", "application/json; charset=utf-8")
                                .POST(pieces));
        assertThat(answer.statusCode()).isEqualTo(201);
    }

    @Test
    void headAnswersAsGetDoesWithoutTheBody() throws Exception {
        var answer = served.send(served.to("/api/v1/queues").HEAD());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertThat(served.send(served.to("/api/v1/events").HEAD()).statusCode()).isEqualTo(200);
    }
}
