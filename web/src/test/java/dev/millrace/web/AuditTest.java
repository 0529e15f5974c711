package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.testkit.FaultyStore;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

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

    private static final String JSON = "application/json";

    @Test
    void whatIsSaidOfManyJobsIsEverythingByWhichTheyWereChosen() throws Exception {
        try (var served = served()) {
            String action =
                    "{\"action\":\"cancel\",\"filter\":{\"tag\":\"t\",\"q\":\"queue:mail"
                        + " key:tenant=acme payload.sum:\\\"1 2\\\"\"},\"reason\":\"by mistake\"}";
            assertThat(served.post("/api/v1/jobs/actions", JSON, action).statusCode())
                    .isEqualTo(202);
            var kept = audit(served).getFirst().get("after");
            assertThat(kept.get("filter").get("q").asString())
                    .isEqualTo("queue:mail key:tenant=acme payload.sum:\"1 2\"");
            assertThat(kept.get("filter").get("queue").asString()).isEqualTo("mail");
            assertThat(kept.get("filter").get("tag").asString()).isEqualTo("t");
            assertThat(kept.get("reason").asString()).isEqualTo("by mistake");
            String padded = action.replace("1 2", "\\u0001".repeat(900));
            assertThat(served.post("/api/v1/jobs/actions", JSON, padded).statusCode())
                    .isEqualTo(202);
            assertThat(audit(served).getFirst().get("after").get("filter").get("q").asString())
                    .startsWith("queue:mail key:tenant=acme");
        }
    }

    @Test
    void whatIsSaidOfSchedulesNamesThemAndWhatChanged() throws Exception {
        try (var served = served("hide pay /card")) {
            String body =
                    "{\"name\":\"s\",\"when\":{\"every\":\"%s\"},\"kind\":\"pay\",\"queue\":\"q\","
                            + "\"payload\":{\"card\":\""
                            + SECRET
                            + "\"}}";
            served.post("/api/v1/schedules", JSON, body.formatted("1h"));
            served.post("/api/v1/schedules", JSON, body.formatted("2h"));
            served.post("/api/v1/schedules/s/pause", JSON, "");
            served.post("/api/v1/schedules/s/trigger", JSON, "");
            served.send(served.to("/api/v1/schedules/s").DELETE());
            var kept = audit(served).reversed();
            assertThat(kept).allMatch(each -> each.get("target").asString().equals("schedule s"));
            assertThat(kept).noneMatch(each -> each.toString().contains(SECRET));
            assertThat(kept)
                    .extracting(each -> each.get("action").asString())
                    .containsExactly(
                            "addSchedule",
                            "addSchedule",
                            "pauseSchedule",
                            "triggerSchedule",
                            "removeSchedule");
            assertThat(kept.get(0).get("before").isNull()).isTrue();
            assertThat(kept.get(0).get("after").get("queue").asString()).isEqualTo("q");
            assertThat(kept.get(1).get("before").get("when").get("every").asString())
                    .isEqualTo("1h");
            assertThat(kept.get(1).get("after").get("when").get("every").asString())
                    .isEqualTo("2h");
            assertThat(kept.get(2).get("before").get("paused").asBoolean()).isFalse();
            assertThat(kept.get(2).get("after").get("paused").asBoolean()).isTrue();
            assertThat(kept.get(3).get("after").get("job").asLong()).isPositive();
            assertThat(kept.get(4).get("before").get("paused").asBoolean()).isTrue();
        }
    }

    @Test
    void whatIsSaidOfABatchIsItsNameAndItsStates() throws Exception {
        try (var served = served()) {
            long id = served.millrace.openBatch("import").id();
            assertThat(served.post("/api/v1/batches/" + id + "/cancel", JSON, "").statusCode())
                    .isEqualTo(200);
            JsonNode kept = audit(served).getFirst();
            assertThat(kept.get("target").asString()).isEqualTo("batch " + id);
            assertThat(kept.get("before").get("name").asString()).isEqualTo("import");
            assertThat(kept.get("before").get("state").asString()).isEqualTo("filling");
            assertThat(kept.get("before").get("cancelling").asBoolean()).isFalse();
            assertThat(kept.get("after").get("cancelling").asBoolean()).isTrue();
        }
    }

    @Test
    void aCancellationKeepsItsReasonAndADeletedJobItsKindAndQueue() throws Exception {
        try (var served = served()) {
            long id =
                    Served.json(served.enqueue("{\"kind\":\"k\",\"queue\":\"mail\"}"))
                            .get("id")
                            .asLong();
            served.post("/api/v1/jobs/" + id + "/cancel?reason=enough", JSON, "");
            served.send(served.to("/api/v1/jobs/" + id).DELETE());
            var kept = audit(served);
            assertThat(kept.getLast().get("after").get("reason").asString()).isEqualTo("enough");
            var before = kept.getFirst().get("before");
            assertThat(before.get("state").asString()).isEqualTo("cancelled");
            assertThat(before.get("kind").asString()).isEqualTo("k");
            assertThat(before.get("queue").asString()).isEqualTo("mail");
        }
    }

    @Test
    void jobsAcceptedBeforeAStreamWasCutOffAreToldOf() throws Exception {
        try (var served = served()) {
            var me =
                    served.send(
                            HttpRequest.newBuilder(served.uri("/api/v1/session"))
                                    .header("Content-Type", JSON)
                                    .POST(
                                            BodyPublishers.ofString(
                                                    "{\"user\":\"anna\",\"password\":\"%s\"}"
                                                            .formatted(People.PASSWORD))));
            String cookie =
                    me.headers().firstValue("Set-Cookie").orElseThrow().replaceFirst(";.*", "");
            String line = "{\"kind\":\"k\",\"queue\":\"cut\"}\n";
            String head =
                    "POST /api/v1/jobs/bulk HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n"
                            + "X-Millrace-CSRF: %s\r\nContent-Type: application/x-ndjson\r\n"
                            + "Content-Length: 1000000\r\n\r\n";
            try (var socket = new Socket("127.0.0.1", served.web.port())) {
                socket.getOutputStream()
                        .write(
                                (head.formatted(
                                                        served.web.port(),
                                                        cookie,
                                                        Served.json(me).get("csrf").asString())
                                                + line.repeat(3))
                                        .getBytes(StandardCharsets.UTF_8));
            }
            await().until(() ->
                    audit(served).getFirst().get("action").asString().equals("enqueueJobs"));
            var kept = audit(served).getFirst();
            assertThat(kept.get("who").asString()).isEqualTo("anna");
            assertThat(kept.get("after").get("cutOff").asBoolean()).isTrue();
            assertThat(kept.get("after").get("accepted").asInt()).isEqualTo(3);
        }
    }

    @Test
    void whoWasNotLetInIsToldOf() throws Exception {
        try (var served = served()) {
            for (String user : List.of("anna", "anna", "pass word")) {
                served.post(
                        "/api/v1/session",
                        JSON,
                        "{\"user\":\"%s\",\"password\":\"wrong\"}".formatted(user));
            }
            var kept = audit(served);
            assertThat(kept)
                    .extracting(each -> each.get("target").asString())
                    .containsExactly("an unknown user", "user anna");
            assertThat(kept).allMatch(each -> each.get("who").isNull());
            assertThat(kept.getLast().get("after").get("refused").asString())
                    .isEqualTo("wrong-password");
            assertThat(kept.toString()).doesNotContain("pass word");
        }
    }

    @Test
    void whatTheStoreDoesNotKeepIsToldTheCallerAndKeptLater() throws Exception {
        var store = new FaultyStore(new MemoryStore(), new Random(1), 0);
        try (var served = new Served(store, b -> b, People::with)) {
            served.token = People.ADMIN;
            store.failing("audit");
            var paused = served.post("/api/v1/queues/q/pause", "text/plain", "");
            assertThat(paused.statusCode()).isEqualTo(200);
            assertThat(paused.headers().firstValue("Millrace-Audit")).contains("late");
            assertThat(audit(served)).isEmpty();
            store.failing();
            await().until(() -> !audit(served).isEmpty());
            assertThat(audit(served).getFirst().get("action").asString()).isEqualTo("pauseQueue");
            var resumed = served.post("/api/v1/queues/q/resume", "text/plain", "");
            assertThat(resumed.headers().firstValue("Millrace-Audit")).isEmpty();
        }
    }

    /** Each is done, and then the store fails while the answer is made. */
    @Test
    void whatWasDoneIsKeptAlsoWhenTheStoreFailsRightAfterwards() throws Exception {
        var store = new FaultyStore(new MemoryStore(), new Random(1), 0);
        try (var served = new Served(store, b -> b, People::with)) {
            served.token = People.ADMIN;
            long job = Served.json(served.enqueue("{\"kind\":\"k\"}")).get("id").asLong();
            long other =
                    Served.json(served.enqueue("{\"kind\":\"k\",\"delay\":\"1h\"}"))
                            .get("id")
                            .asLong();
            String schedule = "{\"name\":\"s\",\"when\":{\"every\":\"1h\"},\"kind\":\"pay\"}";
            String jobs = "/api/v1/jobs/";
            broken(served, store, "find", jobs + other + "/retry", "", "retryJob");
            broken(served, store, "find", jobs + job + "/cancel", "", "cancelJob");
            broken(served, store, "ticks", "/api/v1/schedules", schedule, "addSchedule");
            broken(served, store, "queues", "/api/v1/queues/q", LIMITED, "changeQueue");
            assertThat(audit(served).getFirst().get("target").asString()).isEqualTo("queue q");
        }
    }

    private static final String LIMITED = "{\"perKey\":{\"tenant\":1}}";

    private static void broken(
            Served served, FaultyStore store, String fails, String path, String body, String action)
            throws Exception {
        store.failing(fails);
        String method = body.equals(LIMITED) ? "PATCH" : "POST";
        var answer =
                served.send(
                        served.to(path)
                                .header("Content-Type", JSON)
                                .method(method, BodyPublishers.ofString(body)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        store.failing();
        assertThat(audit(served).getFirst().get("action").asString()).isEqualTo(action);
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
