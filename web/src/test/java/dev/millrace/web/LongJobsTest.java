package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.LogLine;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest.BodyPublishers;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** What is seen over HTTP of jobs that run long, and the signals they are sent. */
@Timeout(60)
class LongJobsTest {
    private final CountDownLatch seen = new CountDownLatch(1);
    private final Served served =
            new Served(
                    new MemoryStore(),
                    builder ->
                            builder.handle(
                                            Task.named("long", RawJson.class),
                                            (payload, job) -> {
                                                job.step("first", () -> {});
                                                job.progress(3, 4, "three");
                                                job.log(LogLine.Level.WARN, "slow");
                                                job.checkpoint(new RawJson("{\"at\":1e400}"));
                                                seen.await();
                                                return null;
                                            })
                                    .handle(
                                            Task.named("asks", RawJson.class),
                                            (payload, job) ->
                                                    job.waitFor("approval", RawJson.class)),
                    UnaryOperator.identity());

    @AfterEach
    void close() {
        seen.countDown();
        served.close();
    }

    private long enqueue(String kind) throws Exception {
        var answer = served.enqueue("{\"kind\": \"%s\"}".formatted(kind));
        return Served.json(answer).get("id").asLong();
    }

    private JsonNode until(long id, Predicate<JsonNode> so) throws Exception {
        while (true) {
            var job = Served.json(served.get("/api/v1/jobs/" + id));
            if (so.test(job)) {
                return job;
            }
        }
    }

    @Test
    void aRunningJobShowsProgressCheckpointStepsLogAndItsStackWhenAskedTo() throws Exception {
        long id = enqueue("long");
        var job = until(id, each -> each.has("checkpoint"));
        assertThat(job.get("progress").get("done").asInt()).isEqualTo(3);
        assertThat(job.get("progress").get("total").asInt()).isEqualTo(4);
        assertThat(job.get("progress").get("message").asString()).isEqualTo("three");
        assertThat(served.get("/api/v1/jobs/" + id).body())
                .as("digit by digit")
                .contains("\"checkpoint\":{\"at\":1E+400}");
        assertThat(job.get("steps").get(0).get("name").asString()).isEqualTo("first");
        assertThat(job.get("log").get(0).get("level").asString()).isEqualTo("warn");
        var page = Served.json(served.get("/api/v1/jobs?state=running"));
        assertThat(page.get("items").get(0).get("progress").get("done").asInt()).isEqualTo(3);
        var asked =
                served.send(
                        served.to("/api/v1/jobs/%d/stack".formatted(id))
                                .POST(BodyPublishers.noBody()));
        assertThat(asked.statusCode()).isEqualTo(202);
        var stack = until(id, each -> each.has("stack")).get("stack");
        assertThat(stack.get("text").asString()).contains("CountDownLatch.await");
        seen.countDown();
        until(id, each -> each.get("state").asString().equals("completed"));
        var late =
                served.send(
                        served.to("/api/v1/jobs/%d/stack".formatted(id))
                                .POST(BodyPublishers.noBody()));
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(Served.json(late).get("expected").asString()).isEqualTo("running");
    }

    @Test
    void aJobThatWaitsForASignalSaysSoAndGoesOnWithIt() throws Exception {
        long id = enqueue("asks");
        var waiting =
                until(
                        id,
                        each ->
                                each.has("waiting")
                                        && each.get("waiting")
                                                .get("reason")
                                                .asString()
                                                .equals("signal"));
        assertThat(waiting.get("waiting").get("detail").asString()).contains("'approval'");
        String signals = "/api/v1/jobs/%d/signals/".formatted(id);
        var bad = served.post(signals + "approval", "application/json", "{\"by\":");
        assertThat(bad.statusCode()).isEqualTo(400);
        assertThat(served.post(signals + "a%20b", "application/json", "{}").statusCode())
                .isEqualTo(400);
        var sent = served.post(signals + "approval", "application/json", "{\"by\":\"me\"}");
        assertThat(sent.statusCode()).as(sent.body()).isEqualTo(200);
        var done = until(id, each -> each.get("state").asString().equals("completed"));
        assertThat(done.get("result").get("by").asString()).isEqualTo("me");
        var late = served.post(signals + "approval", "application/json", "{}");
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(
                        served.post("/api/v1/jobs/99999/signals/a", "application/json", "{}")
                                .statusCode())
                .isEqualTo(404);
    }
}
