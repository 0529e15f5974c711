package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Task;
import dev.millrace.store.Tally;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Series, kinds, errors, searches and draining over HTTP. */
@Timeout(60)
class LooksTest {
    record Payload(int n) {}

    private final MemoryStore store = new MemoryStore();
    private final Served served =
            new Served(
                    store,
                    builder ->
                            builder.handle(
                                    Task.named("fails", Payload.class),
                                    (payload, job) -> {
                                        throw new IllegalStateException("no " + payload.n());
                                    }),
                    settings -> settings);

    @AfterEach
    void close() {
        served.close();
    }

    private JsonNode get(String path) throws Exception {
        var answer = served.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Served.json(answer);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private List<Long> found(String search) throws Exception {
        var ids = new ArrayList<Long>();
        get("/api/v1/jobs?q=" + encoded(search))
                .get("items")
                .forEach(item -> ids.add(item.get("id").asLong()));
        return ids;
    }

    private long enqueue(String body) throws Exception {
        var answer = served.enqueue(body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return Served.json(answer).get("id").asLong();
    }

    @Test
    void seriesAreSumsByQueueInBuckets() throws Exception {
        var hour = Instant.now().truncatedTo(ChronoUnit.HOURS).minus(2, ChronoUnit.HOURS);
        store.tallies()
                .add(
                        List.of(
                                new Tally("q", hour, 10, 0, 4, 3, 2, 1, 10, 500),
                                new Tally("q", hour.plusSeconds(60), 1, 0, 1, 0, 0, 0, 1, 50),
                                new Tally("r", hour.plusSeconds(600), 7, 0, 0, 0, 0, 0, 0, 0)));
        String range = "from=" + hour + "&to=" + hour.plus(1, ChronoUnit.HOURS);
        var series = get("/api/v1/series?step=5m&" + range);
        assertThat(series.get("step").asString()).isEqualTo("5m");
        assertThat(series.get("from").asString()).isEqualTo(hour.toString());
        assertThat(series.get("queues").size()).isEqualTo(2);
        var q = series.get("queues").get(0);
        assertThat(q.get("queue").asString()).isEqualTo("q");
        assertThat(q.get("buckets").size()).isEqualTo(1);
        var bucket = q.get("buckets").get(0);
        assertThat(bucket.get("at").asString()).isEqualTo(hour.toString());
        assertThat(bucket.get("enqueued").asInt()).isEqualTo(11);
        assertThat(bucket.get("completed").asInt()).isEqualTo(5);
        assertThat(bucket.get("failed").asInt()).isEqualTo(3);
        assertThat(bucket.get("discarded").asInt()).isEqualTo(2);
        assertThat(bucket.get("cancelled").asInt()).isEqualTo(1);
        assertThat(bucket.get("runs").asInt()).isEqualTo(11);
        assertThat(bucket.get("runMillis").asInt()).isEqualTo(550);
        assertThat(get("/api/v1/series?queue=r&" + range).get("queues").size()).isEqualTo(1);
        var fine = get("/api/v1/series?queue=q&" + range);
        assertThat(fine.get("step").asString()).isEqualTo("1m");
        assertThat(fine.get("queues").get(0).get("buckets").size()).isEqualTo(2);
        var never = get("/api/v1/series?queue=never&" + range).get("queues").get(0);
        assertThat(never.get("buckets").size()).isZero();
    }

    @Test
    void theStepFollowsTheRangeAndOldTimesAreByTheHour() throws Exception {
        var now = Instant.now();
        for (var each :
                List.of(
                        List.of("1h", "1m"),
                        List.of("6h", "5m"),
                        List.of("24h", "15m"),
                        List.of("7d", "6h"),
                        List.of("30d", "6h"))) {
            var from = now.minus(Duration.parse(iso(each.getFirst()))).plusSeconds(300);
            assertThat(get("/api/v1/series?from=" + from).get("step").asString())
                    .as(each.getFirst())
                    .isEqualTo(each.getLast());
        }
        for (String bad :
                List.of(
                        "from=" + now.minus(40, ChronoUnit.DAYS),
                        "from=" + now.plusSeconds(60),
                        "from=yesterday",
                        "step=90s",
                        "step=10s")) {
            assertThat(served.get("/api/v1/series?" + bad).statusCode()).as(bad).isEqualTo(400);
        }
    }

    private static String iso(String text) {
        return text.endsWith("d") ? "P" + text.toUpperCase() : "PT" + text.toUpperCase();
    }

    @Test
    void kindsAreListedByQueue() throws Exception {
        enqueue("{\"kind\":\"k\",\"queue\":\"q\"}");
        enqueue("{\"kind\":\"a\",\"queue\":\"r\"}");
        var items = get("/api/v1/kinds").get("items");
        assertThat(items.toString())
                .isEqualTo(
                        "[{\"queue\":\"q\",\"kind\":\"k\",\"version\":1},"
                                + "{\"queue\":\"r\",\"kind\":\"a\",\"version\":1}]");
    }

    @Test
    void errorsAreGroupsOfDiscardedJobs() throws Exception {
        for (int i = 0; i < 3; i++) {
            long id =
                    enqueue(
                            "{\"kind\":\"fails\",\"payload\":{\"n\":%d},\"maxAttempts\":1}"
                                    .formatted(i));
            assertThat(get("/api/v1/jobs/" + id + "?wait=30s").get("state").asString())
                    .isEqualTo("discarded");
        }
        var errors = get("/api/v1/errors");
        assertThat(errors.get("looked").asInt()).isEqualTo(3);
        assertThat(errors.get("more").asBoolean()).isFalse();
        var group = errors.get("items").get(0);
        assertThat(group.get("count").asInt()).isEqualTo(3);
        assertThat(group.get("kind").asString()).isEqualTo("fails");
        assertThat(group.get("message").asString()).isEqualTo("no 2");
        assertThat(group.get("jobs").size()).isEqualTo(3);
        assertThat(get("/api/v1/errors?jobs=1").get("items").get(0).get("jobs").size()).isOne();
        assertThat(get("/api/v1/errors?kind=other").get("items").size()).isZero();
        assertThat(served.get("/api/v1/errors?limit=201").statusCode()).isEqualTo(400);
    }

    @Test
    void aSearchIsByQualifiersAndAWordIsAJob() throws Exception {
        long one =
                enqueue(
                        "{\"kind\":\"k\",\"queue\":\"q\",\"payload\":{\"to\":\"a b\",\"n\":[1,2]},"
                                + "\"tags\":[\"t\"],\"keys\":{\"tenant\":\"acme\"}}");
        long two = enqueue("{\"kind\":\"k\",\"queue\":\"q\",\"unique\":{\"key\":\"order:2\"}}");
        long three = enqueue("{\"kind\":\"m\",\"queue\":\"r\",\"delay\":\"1h\"}");
        assertThat(found("queue:q")).containsExactly(two, one);
        assertThat(found("state:scheduled")).containsExactly(three);
        assertThat(found("kind:m queue:r")).containsExactly(three);
        assertThat(found("tag:t key:tenant=acme")).containsExactly(one);
        assertThat(found("payload.to:\"a b\"")).containsExactly(one);
        assertThat(found("payload.n.1:2")).containsExactly(one);
        assertThat(found("payload:\"a b\"")).containsExactly(one);
        assertThat(found(Long.toString(two))).containsExactly(two);
        assertThat(found("\"order:2\"")).containsExactly(two);
        assertThat(found("key:order:2")).containsExactly(two);
        assertThat(found("999999")).isEmpty();
        var page = get("/api/v1/jobs?limit=2&q=" + encoded("payload.none:1"));
        assertThat(page.get("items").size()).isZero();
        assertThat(page.get("next").isNull()).isTrue();
        assertThat(page.get("looked").asInt()).isNotNegative();
        var unknown = served.get("/api/v1/jobs?q=" + encoded("colour:red"));
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(Served.json(unknown).get("detail").asString())
                .contains("queue:, kind:, state:, tag:, key:, payload:", "'colour:'");
        assertThat(served.get("/api/v1/jobs?queue=q&q=queue:r").statusCode()).isEqualTo(400);
    }

    @Test
    void actionsOnManyJobsTakeTheSameSearch() throws Exception {
        enqueue("{\"kind\":\"k\",\"queue\":\"q\",\"payload\":{\"n\":1}}");
        long two = enqueue("{\"kind\":\"k\",\"queue\":\"q\",\"payload\":{\"n\":2}}");
        String body = "{\"action\":\"cancel\",\"dryRun\":true,\"filter\":{\"q\":\"%s\"}}";
        var preview =
                served.post(
                        "/api/v1/jobs/actions",
                        "application/json",
                        body.formatted("queue:q payload.n:2"));
        assertThat(Served.json(preview).get("examples").toString()).isEqualTo("[" + two + "]");
        for (String bad : List.of("colour:red", "17")) {
            var refused =
                    served.post("/api/v1/jobs/actions", "application/json", body.formatted(bad));
            assertThat(refused.statusCode()).as(bad).isEqualTo(400);
            assertThat(refused.body()).contains("qualifiers");
        }
    }

    @Test
    void aWorkerIsDrainedAndShowsIt() throws Exception {
        long id = served.millrace.workerId();
        var answer =
                served.send(
                        served.to("/api/v1/workers/" + id + "/drain")
                                .POST(BodyPublishers.noBody()));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(Served.json(answer).get("state").asString()).isEqualTo("draining");
        assertThat(get("/api/v1/workers").get("items").get(0).get("state").asString())
                .isEqualTo("draining");
        var unknown =
                served.send(served.to("/api/v1/workers/4711/drain").POST(BodyPublishers.noBody()));
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(Served.json(unknown).get("code").asString()).isEqualTo("no-such-worker");
    }
}
