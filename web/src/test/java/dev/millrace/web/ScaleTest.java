package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.QueueControl;
import dev.millrace.store.Tally;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** How many workers are wanted, over HTTP. */
@Timeout(60)
class ScaleTest {
    private final MemoryStore store = new MemoryStore();
    private final Served served = new Served(store);

    @AfterEach
    void close() {
        served.close();
    }

    private JsonNode scale(String query) throws Exception {
        var answer = served.get("/api/v1/scale" + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Served.json(answer);
    }

    @Test
    void eachQueueSaysWhatItWantsForTheTarget() throws Exception {
        assertThat(scale("").get("items").size()).isZero();
        for (int i = 0; i < 96; i++) {
            served.enqueue("{\"kind\":\"k\",\"queue\":\"q\"}");
        }
        store.control("calm", new QueueControl(true, 7));
        // in the minute before, whatever the time of the day: half a minute each
        var minute = Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(1, ChronoUnit.MINUTES);
        store.tallies().add(List.of(new Tally("q", minute, 0, 0, 4, 0, 0, 0, 4, 120_000)));
        var answer = scale("");
        assertThat(answer.get("targetWait").asString()).isEqualTo("10s");
        assertThat(answer.get("items").size()).isEqualTo(2);
        var calm = answer.get("items").get(0);
        assertThat(calm.get("queue").asString()).isEqualTo("calm");
        assertThat(calm.get("paused").asBoolean()).isTrue();
        assertThat(calm.get("limit").asInt()).isEqualTo(7);
        assertThat(calm.get("wantedWorkers").asInt()).isZero();
        var q = answer.get("items").get(1);
        assertThat(q.get("available").asInt()).isEqualTo(96);
        assertThat(q.get("averageRunSeconds").asDouble()).isEqualTo(30);
        assertThat(q.get("completionsPerSecond").asDouble()).isBetween(0.02, 0.034);
        // 96 * 30 s / 10 s = 288 slots and at most 24 for arrivals sent by now; 64 a worker
        assertThat(q.get("wantedWorkers").asInt()).isEqualTo(5);
        assertThat(scale("?targetWait=10m&queue=q").get("items").size()).isEqualTo(1);
        assertThat(
                        scale("?targetWait=10m&queue=q")
                                .get("items")
                                .get(0)
                                .get("wantedWorkers")
                                .asInt())
                .isEqualTo(1);
        var unknown = scale("?queue=never").get("items").get(0);
        assertThat(unknown.get("queue").asString()).isEqualTo("never");
        assertThat(unknown.get("wantedWorkers").asInt()).isZero();
    }

    @Test
    void aTargetOutOfBoundsIsRefused() throws Exception {
        for (String bad : List.of("500ms", "25h", "soon", "0")) {
            var answer = served.get("/api/v1/scale?targetWait=" + bad);
            assertThat(answer.statusCode()).as(bad).isEqualTo(400);
            assertThat(Served.json(answer).get("expected").asString())
                    .isEqualTo("a duration such as 10s, from 1s to 1d");
        }
    }

    @Test
    void prometheusReadsTheSame() throws Exception {
        served.enqueue("{\"kind\":\"k\",\"queue\":\"q\"}");
        assertThat(served.get("/metrics").body())
                .contains("# TYPE millrace_queue_wanted_workers gauge\n")
                .contains("millrace_queue_wanted_workers{queue=\"q\"} 1\n")
                .contains("millrace_queue_workers{queue=\"q\"} 0\n")
                .contains("millrace_queue_due_jobs{queue=\"q\"} 0\n")
                .contains("millrace_queue_arrivals_per_second{queue=\"q\"} 0")
                .contains("millrace_queue_completions_per_second{queue=\"q\"} 0\n")
                .doesNotContain("millrace_queue_average_run_seconds{");
    }
}
