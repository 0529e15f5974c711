package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;

/** What was done is kept, and what is to be hidden is not shown. */
@Timeout(60)
class AuditTest {
    private static final String SECRET = "4111-1111-1111";

    private static Served served(String... more) {
        var served =
                new Served(
                        new MemoryStore(),
                        builder ->
                                builder.handle(
                                        Task.named("pay", RawJson.class).retry(RetryPolicy.never()),
                                        (payload, job) -> {
                                            job.log("paying with " + SECRET);
                                            job.progress(1, 2, "with " + SECRET);
                                            throw new IllegalStateException(
                                                    "card " + SECRET + " was refused");
                                        }),
                        settings -> People.with(settings, more));
        served.token = People.ADMIN;
        return served;
    }

    private static List<JsonNode> audit(Served served) throws Exception {
        var all = new ArrayList<JsonNode>();
        Served.json(served.get("/api/v1/audit")).get("items").forEach(all::add);
        return all;
    }

    @Test
    void everyActionIsKeptWithWhoWhatBeforeAndAfter() throws Exception {
        try (var served = served()) {
            long id = Served.json(served.enqueue("{\"kind\":\"k\"}")).get("id").asLong();
            served.post("/api/v1/jobs/" + id + "/cancel", "text/plain", "");
            served.send(
                    served.to("/api/v1/queues/q")
                            .header("Content-Type", "application/json")
                            .method("PATCH", BodyPublishers.ofString("{\"limit\":3}")));
            served.post("/api/v1/jobs/999/cancel", "text/plain", "");
            served.get("/api/v1/jobs/" + id);
            List<JsonNode> kept = audit(served);
            // newest first: what programs enqueue is not kept, nor what was refused, nor looks
            assertThat(kept)
                    .extracting(each -> each.get("action").asString())
                    .containsExactly("changeQueue", "cancelJob");
            JsonNode cancelled = kept.getLast();
            assertThat(cancelled.get("who").asString()).isEqualTo("root");
            assertThat(cancelled.get("role").asString()).isEqualTo("admin");
            assertThat(cancelled.get("target").asString()).isEqualTo("job " + id);
            assertThat(cancelled.get("before").get("state").asString()).isEqualTo("available");
            assertThat(cancelled.get("after").get("state").asString()).isEqualTo("cancelled");
            assertThat(cancelled.get("address").asString()).isEqualTo("127.0.0.1");
            assertThat(kept.getFirst().get("before").get("limit").isNull()).isTrue();
            assertThat(kept.getFirst().get("after").get("limit").asInt()).isEqualTo(3);
        }
    }

    @Test
    void pagesOfItFollowOneAnother() throws Exception {
        try (var served = served()) {
            for (int i = 0; i < 5; i++) {
                served.post("/api/v1/queues/q" + i + "/pause", "text/plain", "");
            }
            var first = Served.json(served.get("/api/v1/audit?limit=3"));
            assertThat(first.get("items")).hasSize(3);
            long next = first.get("next").asLong();
            var rest = Served.json(served.get("/api/v1/audit?limit=3&after=" + next));
            assertThat(rest.get("items")).hasSize(2);
            assertThat(rest.get("next").isNull()).isTrue();
            assertThat(rest.get("items").get(0).get("target").asString()).isEqualTo("queue q1");
        }
    }

    @Test
    void hiddenFieldsAreShownNowhereUnlessAnAdminAsksAndThatIsKept() throws Exception {
        try (var served = served("hide pay /card/number *cvc*", "hide other *")) {
            String body =
                    "{\"kind\":\"pay\",\"maxAttempts\":1,\"payload\":{\"sum\":1.50,\"card\":{\"number\":\"%s\","
                        + "\"Cvc2\":123456},\"list\":[{\"cvc\":null}]},\"unique\":\"card:%s\","
                        + "\"keys\":{\"card\":\"%s\"},\"tags\":[\"%s\"]}";
            var accepted = served.enqueue(body.replace("%s", SECRET));
            assertThat(accepted.body()).contains("\"sum\":1.50").doesNotContain(SECRET, "123456");
            long id = Served.json(accepted).get("id").asLong();
            String path = "/api/v1/jobs/" + id;
            await().until(() -> served.get(path).body().contains("\"state\":\"discarded\""));
            String stream =
                    served.client
                            .send(served.to(path + "/events").build(), BodyHandlers.ofString())
                            .body();
            for (String shown :
                    List.of(
                            served.get(path).body(),
                            served.get("/api/v1/jobs").body(),
                            served.get("/api/v1/errors").body(),
                            stream)) {
                assertThat(shown).doesNotContain(SECRET, "123456").contains("[hidden]");
            }
            assertThat(served.get(path).body()).contains("card [hidden] was refused");
            assertThat(audit(served)).isEmpty();
            assertThat(served.get(path + "?reveal=true").body()).contains(SECRET, "123456");
            assertThat(audit(served))
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.get("action").asString()).isEqualTo("showJob");
                        assertThat(each.get("target").asString()).isEqualTo("job " + id);
                    });
        }
    }

    @Test
    void whatIsHiddenIsNotShownOfSchedulesEither() throws Exception {
        try (var served = served("hide pay /card/number")) {
            String body =
                    "{\"name\":\"s\",\"when\":{\"every\":\"1h\"},\"kind\":\"pay\","
                            + "\"payload\":{\"card\":{\"number\":\"%s\"}}}";
            var made = served.post("/api/v1/schedules", "application/json", body.formatted(SECRET));
            for (String shown :
                    List.of(
                            made.body(),
                            served.get("/api/v1/schedules").body(),
                            served.get("/api/v1/schedules/s").body())) {
                assertThat(shown).doesNotContain(SECRET).contains("[hidden]");
            }
        }
    }

    @Test
    void whatIsHiddenCannotBeFoundOutBySearching() throws Exception {
        try (var served = served("hide pay /card/number")) {
            served.enqueue("{\"kind\":\"pay\",\"queue\":\"mine-1\",\"payload\":{}}");
            assertThat(served.get("/api/v1/jobs?q=payload%3A4111").statusCode()).isEqualTo(200);
            served.token = People.MINE;
            assertThat(served.get("/api/v1/jobs?q=payload%3A4111&queue=mine-1").statusCode())
                    .isEqualTo(403);
            var preview =
                    served.post(
                            "/api/v1/jobs/actions",
                            "application/json",
                            "{\"action\":\"delete\",\"dryRun\":true,\"filter\":{\"queue\":\"mine-1\","
                                + "\"q\":\"payload:4111\"}}");
            assertThat(preview.statusCode()).isEqualTo(403);
            long id =
                    Served.json(served.enqueue("{\"kind\":\"pay\",\"queue\":\"mine-1\"}"))
                            .get("id")
                            .asLong();
            assertThat(served.get("/api/v1/jobs/" + id + "?reveal=true").statusCode())
                    .isEqualTo(403);
        }
    }
}
