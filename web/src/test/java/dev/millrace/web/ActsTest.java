package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/** What people do to jobs and queues over HTTP. */
@Timeout(60)
class ActsTest {
    private static final String JSON = "application/json";

    private final CountDownLatch started = new CountDownLatch(1);
    private final MemoryStore store = new MemoryStore();
    private final Served served =
            new Served(
                    store,
                    builder ->
                            builder.handle(
                                    Task.named("held", RawJson.class),
                                    (payload, job) -> {
                                        started.countDown();
                                        new CountDownLatch(1).await();
                                        return null;
                                    }),
                    UnaryOperator.identity());

    @AfterEach
    void close() {
        served.close();
    }

    private long enqueued(String body) throws Exception {
        var answer = served.enqueue(body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return Served.json(answer).get("id").asLong();
    }

    private HttpResponse<String> post(String path) throws Exception {
        return served.send(served.to("/api/v1" + path).POST(BodyPublishers.noBody()));
    }

    private HttpResponse<String> delete(String path) throws Exception {
        return served.send(served.to("/api/v1" + path).DELETE());
    }

    private JsonNode job(long id) throws Exception {
        return Served.json(served.get("/api/v1/jobs/" + id));
    }

    @Test
    void aUniqueKeyAnswersTheLiveJobAndSaysSo() throws Exception {
        String body =
                """
                {"kind": "nobody.knows", "unique": "k", "keys": {"tenant": "acme"}, "ttl": "1h",
                 "timeout": "30s"}
                """;
        var first = served.enqueue(body);
        assertThat(first.statusCode()).isEqualTo(201);
        var job = Served.json(first);
        assertThat(job.get("unique").asString()).isEqualTo("k");
        assertThat(job.get("keys").get("tenant").asString()).isEqualTo("acme");
        assertThat(job.get("expiresAt")).isEqualTo(job(job.get("id").asLong()).get("expiresAt"));
        var second = served.enqueue(body);
        assertThat(second.statusCode()).isEqualTo(200);
        assertThat(Served.json(second).get("duplicate").asBoolean()).isTrue();
        assertThat(Served.json(second).get("id")).isEqualTo(job.get("id"));
        var bulk =
                served.post(
                        "/api/v1/jobs/bulk",
                        "application/x-ndjson",
                        "{\"kind\": \"a\"}\n"
                                + "{\"kind\": \"b\", \"unique\": \"k\"}\n{\"kind\": 1}\n");
        assertThat(Served.json(bulk).get("accepted").asLong()).isEqualTo(1);
        assertThat(Served.json(bulk).get("duplicates").asLong()).isEqualTo(1);
        assertThat(Served.json(bulk).get("rejected").size()).isEqualTo(1);
    }

    @Test
    void anIdempotencyKeyAnswersAsTheFirstTimeAndRefusesAnotherRequest() throws Exception {
        var request =
                served.to("/api/v1/jobs")
                        .header("Content-Type", JSON)
                        .header("Idempotency-Key", "i");
        var first = served.send(request.POST(BodyPublishers.ofString("{\"kind\": \"a\"}")));
        var again = served.send(request.POST(BodyPublishers.ofString("{\"kind\": \"a\"}")));
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(again.headers().firstValue("Location"))
                .isEqualTo(first.headers().firstValue("Location"));
        var other = served.send(request.POST(BodyPublishers.ofString("{\"kind\": \"b\"}")));
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(Served.json(other).get("code").asString()).isEqualTo("idempotency-conflict");
        var both =
                served.send(
                        request.POST(
                                BodyPublishers.ofString(
                                        "{\"kind\": \"a\", \"idempotencyKey\": \"j\"}")));
        assertThat(both.statusCode()).isEqualTo(400);
        var bad =
                served.send(
                        served.to("/api/v1/jobs")
                                .header("Content-Type", JSON)
                                .header("Idempotency-Key", "not a name")
                                .POST(BodyPublishers.ofString("{\"kind\": \"a\"}")));
        assertThat(bad.statusCode()).isEqualTo(400);
    }

    @Test
    void aBulkLineWhoseIdempotencyKeyCameWithAnotherRequestIsNamedAndTheOthersStay()
            throws Exception {
        var bulk =
                served.post(
                        "/api/v1/jobs/bulk",
                        "application/x-ndjson",
                        """
                        {"kind": "a", "idempotencyKey": "i"}
                        {"kind": 1}
                        {"kind": "b", "idempotencyKey": "i"}
                        {"kind": "a", "idempotencyKey": "i"}
                        {"kind": "c"}
                        """);
        assertThat(bulk.statusCode()).as(bulk.body()).isEqualTo(200);
        var answer = Served.json(bulk);
        assertThat(answer.get("accepted").asLong()).isEqualTo(2);
        assertThat(answer.get("duplicates").asLong()).isEqualTo(1);
        assertThat(answer.get("rejected").get(0).get("index").asLong()).isEqualTo(1);
        assertThat(answer.get("rejected").get(1).get("index").asLong()).isEqualTo(2);
        assertThat(answer.get("rejected").get(1).get("problem").get("code").asString())
                .isEqualTo("idempotency-conflict");
    }

    @Test
    void jobsAreCancelledRunAndDeleted() throws Exception {
        long later = enqueued("{\"kind\": \"nobody.knows\", \"delay\": \"1h\"}");
        assertThat(post("/jobs/" + later + "/run-now").statusCode()).isEqualTo(200);
        assertThat(job(later).get("state").asString()).isEqualTo("available");
        assertThat(delete("/jobs/" + later).statusCode()).isEqualTo(409);
        var cancelled = post("/jobs/" + later + "/cancel?reason=enough");
        assertThat(Served.json(cancelled).get("state").asString()).isEqualTo("cancelled");
        assertThat(Served.json(cancelled).get("error").get("message").asString())
                .isEqualTo("enough");
        assertThat(post("/jobs/" + later + "/run-now").statusCode()).isEqualTo(409);
        assertThat(delete("/jobs/" + later).statusCode()).isEqualTo(204);
        assertThat(served.get("/api/v1/jobs/" + later).statusCode()).isEqualTo(404);
        assertThat(delete("/jobs/" + later).statusCode()).isEqualTo(404);
        assertThat(post("/jobs/" + later + "/cancel").statusCode()).isEqualTo(404);
    }

    @Test
    void aRunningJobIsInterrupted() throws Exception {
        long id = enqueued("{\"kind\": \"held\"}");
        started.await();
        assertThat(post("/jobs/" + id + "/cancel").statusCode()).isEqualTo(200);
        var ended = Served.json(served.get("/api/v1/jobs/" + id + "?wait=60s"));
        assertThat(ended.get("state").asString()).isEqualTo("cancelled");
        assertThat(post("/jobs/" + id + "/cancel").statusCode()).isEqualTo(200);
    }

    @Test
    void queuesArePausedResumedAndLimited() throws Exception {
        var paused = Served.json(post("/queues/mail/pause"));
        assertThat(paused.get("paused").asBoolean()).isTrue();
        var held = served.enqueue("{\"kind\": \"held\", \"queue\": \"mail\"}");
        assertThat(Served.json(held).get("waiting").get("reason").asString())
                .isEqualTo("queue-paused");
        assertThat(Served.json(post("/queues/mail/resume")).get("paused").asBoolean()).isFalse();
        assertThat(patch("{\"limit\": 3}").get("limit").asInt()).isEqualTo(3);
        assertThat(patch("{\"paused\": true}").get("limit").asInt()).isEqualTo(3);
        assertThat(patch("{\"limit\": null}").get("limit").isNull()).isTrue();
        assertThat(store.control("mail").paused()).isTrue();
        for (String bad :
                new String[] {
                    "{\"limit\": 0}",
                    "{\"limit\": 1.5}",
                    "{\"paused\": 1}",
                    "{\"x\": 1}",
                    "[]",
                    "",
                    "{\"limit\": 99999999999}",
                    "{} {}"
                }) {
            var answer = patched(bad);
            assertThat(answer.statusCode()).as(bad + answer.body()).isEqualTo(400);
        }
    }

    private HttpResponse<String> patched(String body) throws Exception {
        return served.send(
                served.to("/api/v1/queues/mail")
                        .header("Content-Type", JSON)
                        .method("PATCH", BodyPublishers.ofString(body)));
    }

    private JsonNode patch(String body) throws Exception {
        var answer = patched(body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Served.json(answer);
    }

    @Test
    void manyAreCountedThenCancelledThenDeleted() throws Exception {
        for (int i = 0; i < 30; i++) {
            enqueued(
                    "{\"kind\": \"nobody.knows\", \"queue\": \"a\", \"payload\": {\"n\": %d}}"
                            .formatted(i));
        }
        enqueued("{\"kind\": \"nobody.knows\", \"queue\": \"b\"}");
        var preview =
                Served.json(
                        act(
                                "{\"action\": \"cancel\", \"filter\": {\"queue\": \"a\"},"
                                        + " \"dryRun\": true}"));
        assertThat(preview.get("matching").asInt()).isEqualTo(30);
        assertThat(store.queues().getFirst().available()).isEqualTo(30);
        done("{\"action\": \"cancel\", \"filter\": {\"queue\": \"a\", \"q\": \"payload:7}\"}}", 3);
        done("{\"action\": \"cancel\", \"filter\": {\"queue\": \"a\"}}", 27);
        done("{\"action\": \"delete\", \"filter\": {\"queue\": \"a\"}}", 30);
        assertThat(Served.json(served.get("/api/v1/jobs")).get("items").size()).isEqualTo(1);
        for (String bad :
                new String[] {
                    "{\"action\": \"cancel\"}",
                    "{\"action\": \"burn\", \"filter\": {}}",
                    "{\"action\": \"cancel\", \"filter\": {\"state\": \"completed\"}}",
                    "{\"action\": \"cancel\", \"filter\": {\"state\": \"odd\"}}",
                    "{\"action\": \"cancel\", \"filter\": {\"sate\": \"odd\"}}",
                    "{\"action\": \"cancel\", \"filter\": []}"
                }) {
            assertThat(act(bad).statusCode()).as(bad).isEqualTo(400);
        }
        assertThat(served.get("/api/v1/jobs/actions/99").statusCode()).isEqualTo(404);
    }

    private HttpResponse<String> act(String body) throws Exception {
        return served.post("/api/v1/jobs/actions", JSON, body);
    }

    private void done(String body, int expected) throws Exception {
        var begun = act(body);
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        String location = begun.headers().firstValue("Location").orElseThrow();
        JsonNode action;
        do {
            action = Served.json(served.get(location));
        } while (action.get("phase").asString().equals("running"));
        assertThat(action.get("phase").asString()).isEqualTo("done");
        assertThat(action.get("done").asInt()).isEqualTo(expected);
    }
}
