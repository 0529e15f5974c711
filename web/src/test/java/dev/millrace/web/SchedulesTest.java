package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.schedule.Cron;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.ZoneId;
import java.util.List;
import java.util.function.UnaryOperator;

/** Schedules over HTTP. */
@Timeout(60)
class SchedulesTest {
    private static final String PATH = "/api/v1/schedules";

    private final MemoryStore store = new MemoryStore();
    private final Served served =
            new Served(
                    store,
                    builder ->
                            builder.schedule(
                                    "nightly",
                                    Cron.of("0 3 * * *", ZoneId.of("Europe/Paris")),
                                    Task.named("clean", RawJson.class)
                                            .with(new RawJson("{\"days\":1.10}"))),
                    UnaryOperator.identity());

    @AfterEach
    void close() {
        served.close();
    }

    private HttpResponse<String> add(String body) throws Exception {
        return served.send(
                served.to(PATH)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> post(String path) throws Exception {
        return served.send(served.to(PATH + path).POST(BodyPublishers.noBody()));
    }

    @Test
    void oneThatCodeDeclaresIsListedAndLookedAt() throws Exception {
        JsonNode items = Served.json(served.get(PATH)).get("items");
        assertThat(items.size()).isEqualTo(1);
        JsonNode nightly = items.get(0);
        assertThat(nightly.get("name").asString()).isEqualTo("nightly");
        assertThat(nightly.get("kind").asString()).isEqualTo("clean");
        assertThat(nightly.get("queue").asString()).isEqualTo("default");
        assertThat(nightly.get("when").toString())
                .isEqualTo(
                        "{\"type\":\"cron\",\"cron\":\"0 3 * * *\",\"zone\":\"Europe/Paris\","
                                + "\"gap\":\"run-after\",\"twice\":\"once\"}");
        assertThat(nightly.get("misfire").asString()).isEqualTo("run-once");
        assertThat(nightly.get("overlap").asString()).isEqualTo("allow");
        assertThat(nightly.get("source").asString()).isEqualTo("code");
        assertThat(nightly.get("paused").asBoolean()).isFalse();
        assertThat(nightly.get("lastAt").isNull()).isTrue();
        var answer = served.get(PATH + "/nightly");
        assertThat(answer.body()).contains("\"payload\":{\"days\":1.10}");
        assertThat(Served.json(answer).get("next").size()).isEqualTo(10);
        assertThat(Served.json(answer).get("next").get(0).asString())
                .isEqualTo(nightly.get("nextAt").asString());
        assertThat(Served.json(answer).get("runs").size()).isZero();
        assertThat(served.get(PATH + "/none").statusCode()).isEqualTo(404);
        assertThat(add("{\"name\":\"nightly\",\"when\":{\"every\":\"1h\"},\"kind\":\"k\"}").body())
                .contains("must not be one that code declares");
    }

    @Test
    void oneIsAddedPausedTriggeredAndRemoved() throws Exception {
        var added =
                add(
                        """
                        {"name": "a/b", "when": {"every": "10m"}, "kind": "k", "queue": "q",
                         "payload": [1.20], "misfire": "catch-up", "window": "2h",
                         "overlap": "skip", "priority": 7, "tags": ["t"]}
                        """);
        assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
        assertThat(added.body()).contains("\"payload\":[1.20]", "\"source\":\"added\"");
        assertThat(Served.json(added).get("window").asString()).isEqualTo("2h");
        String path = "/a%2Fb";
        assertThat(Served.json(post(path + "/pause")).get("paused").asBoolean()).isTrue();
        var triggered = Served.json(post(path + "/trigger"));
        assertThat(triggered.get("outcome").asString()).isEqualTo("enqueued");
        long job = triggered.get("job").asLong();
        var snapshot = store.find(job).orElseThrow();
        assertThat(snapshot.queue()).isEqualTo("q");
        assertThat(snapshot.priority()).isEqualTo(7);
        assertThat(snapshot.tags()).contains("t", "schedule:a/b");
        var again = post(path + "/trigger");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(Served.json(again).get("code").asString()).isEqualTo("still-running");
        JsonNode shown = Served.json(served.get(PATH + path));
        assertThat(shown.get("lastJob").asLong()).isEqualTo(job);
        assertThat(shown.get("runs").get(0).get("triggered").asBoolean()).isTrue();
        assertThat(Served.json(post(path + "/resume")).get("paused").asBoolean()).isFalse();
        assertThat(served.send(served.to(PATH + path).DELETE()).statusCode()).isEqualTo(204);
        assertThat(served.send(served.to(PATH + path).DELETE()).statusCode()).isEqualTo(404);
        for (String act : List.of("/pause", "/resume", "/trigger")) {
            assertThat(post(path + act).statusCode()).as(act).isEqualTo(404);
        }
    }

    @Test
    void pagesGoByName() throws Exception {
        for (String name : List.of("p1", "p2", "p3")) {
            add(
                    "{\"name\":\"%s\",\"when\":{\"at\":\"2090-01-01T00:00:00Z\"},\"kind\":\"k\"}"
                            .formatted(name));
        }
        JsonNode first = Served.json(served.get(PATH + "?prefix=p&limit=2"));
        assertThat(first.get("items").size()).isEqualTo(2);
        assertThat(first.get("next").asString()).isEqualTo("p2");
        JsonNode second = Served.json(served.get(PATH + "?prefix=p&limit=2&after=p2"));
        assertThat(second.get("items").size()).isEqualTo(1);
        assertThat(second.get("next").isNull()).isTrue();
    }

    @Test
    void whatIsWrongIsNamed() throws Exception {
        var wrong =
                List.of(
                        List.of("{}", "member 'kind' is missing"),
                        List.of("{\"kind\":\"k\"}", "member 'name' is missing"),
                        List.of("{\"kind\":\"k\",\"name\":\"n\"}", "member 'when' is missing"),
                        List.of("{\"kind\":\"k\",\"name\":\"n\",\"when\":{}}", "must be said"),
                        List.of(
                                "{\"kind\":\"k\",\"name\":\"n\",\"when\":{\"cron\":\"0 25 * *"
                                        + " *\"}}",
                                "expected an hour 0-23, got '25' at character 3"),
                        List.of(
                                "{\"kind\":\"k\",\"name\":\"n\",\"when\":{\"cron\":\"@daily\","
                                        + "\"zone\":\"Mars/Base\"}}",
                                "'zone' must be a time zone"),
                        List.of(
                                "{\"kind\":\"k\",\"name\":\"n\",\"when\":{\"every\":\"10ms\"}}",
                                "must be PT1S to 366 days"),
                        List.of(
                                "{\"kind\":\"k\",\"name\":\"n\",\"when\":{\"every\":\"1h\"},"
                                        + "\"overlap\":\"maybe\"}",
                                "must be one of allow, skip, queue-one, cancel-previous"),
                        List.of(
                                "{\"kind\":\"k\",\"name\":\"n\",\"when\":{\"every\":\"1h\"},"
                                        + "\"unique\":\"u\"}",
                                "got a unique or idempotency key"),
                        List.of(
                                "{\"kind\":\"k\",\"name\":\"n\",\"when\":{\"at\":"
                                        + "\"2001-01-01T00:00:00Z\"}}",
                                "must tick some time after"),
                        List.of("{\"kind\":\"k\",\"name\":\"n\",\"evry\":1}", "unknown member"));
        for (var each : wrong) {
            var answer = add(each.getFirst());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
            assertThat(answer.body()).contains(each.getLast());
        }
    }
}
