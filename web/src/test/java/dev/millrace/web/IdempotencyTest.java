package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;

/** Requests that are sent again. */
@Timeout(60)
class IdempotencyTest {
    private static final String MINE = "{\"kind\":\"k\",\"queue\":\"mine-1\",\"payload\":1}";

    private final Served served = new Served(new MemoryStore(), builder -> builder, People::with);

    @AfterEach
    void close() {
        served.close();
    }

    private HttpResponse<String> enqueue(String token, String key, String body) throws Exception {
        served.token = token;
        return served.send(
                served.to("/api/v1/jobs")
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", key)
                        .POST(BodyPublishers.ofString(body)));
    }

    @Test
    void theFirstAnswerComesAgainAlsoWhenTheJobIsGone() throws Exception {
        var first = enqueue(People.ADMIN, "order-1", MINE);
        String path = first.headers().firstValue("Location").orElseThrow();
        assertThat(
                        served.send(served.to(path + "/cancel").POST(BodyPublishers.noBody()))
                                .statusCode())
                .isEqualTo(200);
        assertThat(served.send(served.to(path).DELETE()).statusCode()).isEqualTo(204);
        var again = enqueue(People.ADMIN, "order-1", MINE);
        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(again.headers().firstValue("Location")).hasValue(path);
        assertThat(Served.json(again).get("id")).isEqualTo(Served.json(first).get("id"));
        assertThat(Served.json(again).get("queue").asString()).isEqualTo("mine-1");
    }

    @Test
    void aKeyIsItsCallersOwn() throws Exception {
        var first = enqueue(People.ADMIN, "order-1", MINE);
        var other = enqueue(People.MINE, "order-1", MINE);
        assertThat(other.statusCode()).isEqualTo(201);
        assertThat(Served.json(other).get("id")).isNotEqualTo(Served.json(first).get("id"));
        assertThat(Served.json(enqueue(People.MINE, "order-1", MINE)).get("id"))
                .isEqualTo(Served.json(other).get("id"));
        String bulk =
                "{\"kind\":\"k\",\"queue\":\"mine-1\",\"idempotencyKey\":\"order-1\",\"payload\":%d}\n";
        var lines = served.post("/api/v1/jobs/bulk", "application/x-ndjson", bulk.formatted(1));
        assertThat(Served.json(lines).get("duplicates").asInt()).isEqualTo(1);
        lines = served.post("/api/v1/jobs/bulk", "application/x-ndjson", bulk.formatted(2));
        assertThat(lines.body()).contains("idempotency-conflict").doesNotContain("of job", "of:");
    }

    @Test
    void theAnswerTellsWhenAJobThatTakesAnothersPlaceIsDue() throws Exception {
        served.token = People.MINE;
        String body =
                "{\"kind\":\"k\",\"queue\":\"mine-1\",\"unique\":{\"key\":\"u\",\"onConflict\":\"replace\"}%s}";
        var first = Served.json(served.enqueue(body.formatted(",\"delay\":\"1h\"")));
        var second = Served.json(served.enqueue(body.formatted("")));
        assertThat(second.get("id")).isNotEqualTo(first.get("id"));
        assertThat(second.get("state").asString()).isEqualTo("scheduled");
        assertThat(second.get("runAt")).isEqualTo(first.get("runAt"));
    }

    @Test
    void aConflictNamesNoJob() throws Exception {
        enqueue(People.MINE, "order-1", MINE);
        var conflict = enqueue(People.MINE, "order-1", MINE.replace(":1}", ":2}"));
        assertThat(conflict.statusCode()).isEqualTo(422);
        assertThat(conflict.body())
                .contains("idempotency-conflict")
                .doesNotContain("of job", "of:");
    }
}
