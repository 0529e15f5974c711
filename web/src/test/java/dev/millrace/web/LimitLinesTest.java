package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.flow.Pipeline;
import dev.millrace.flow.StepAnswer;
import dev.millrace.job.Json;
import dev.millrace.store.Gate;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.QueueLimits;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

class LimitLinesTest {
    private static final LimitKey WEATHER = LimitKey.shared("weather");

    @Test
    void aQueueShowsWhoWaitsForWhatItShares() throws Exception {
        var store = new MemoryStore();
        var limits = store.limits();
        limits.limit("q", QueueLimits.NONE.withShared("weather", 1));
        limits.limit("r", QueueLimits.NONE.withShared("other", 1));
        try (var served = new Served(store)) {
            served.enqueue("{\"kind\":\"far\",\"queue\":\"q\"}");
            park(store, WEATHER, "q");
            var line = Served.json(served.get("/api/v1/queues/q/limits")).get("lines").get(0);
            assertThat(line.get("key").asString()).isEqualTo("weather");
            assertThat(line.get("waiting").asInt()).isOne();
            assertThat(line.get("reason").asString()).isEqualTo("key-limit");
            var others = Served.json(served.get("/api/v1/queues/r/limits")).get("lines");
            assertThat(others.isEmpty()).isTrue();
        }
    }

    @Test
    void anItemsWayTellsWhichLimitHoldsItsJob() throws Exception {
        var store = new MemoryStore();
        var pipeline =
                Pipeline.named("grade", String.class)
                        .key(company -> company)
                        .step("look", String.class, (company, job) -> StepAnswer.next(company))
                        .build();
        try (var served = new Served(store)) {
            served.millrace.submit(pipeline, "acme");
            var plan = new Json().write("plan", pipeline.plan(), 1 << 20);
            store.batches().declare("grade", plan);
            String path = "/api/v1/pipelines/grade/items/acme";
            String queue =
                    Served.json(served.get(path)).get("visits").get(0).get("queue").asString();
            store.limits().limit(queue, QueueLimits.NONE.withShared("weather", 1));
            park(store, WEATHER, queue);
            // an answer may be a second old
            await().until(() -> reason(served, path).equals("key-limit"));
        }
    }

    private static String reason(Served served, String path) throws Exception {
        var visit = Served.json(served.get(path)).get("visits").get(0);
        return visit.get("waiting").get("reason").asString();
    }

    private static void park(MemoryStore store, LimitKey key, String queue) {
        var now = Instant.now();
        var lease = store.leases().take(LimitStore.LEASE, "test", Optional.empty(), now);
        var line = Objects.requireNonNull(store.limits().lines(Set.of(key)).get(key));
        var look = new Gate.Look(Set.of(), 10, Set.of(queue), 10, false, now);
        var first = store.limits().gate(look).entrants().getFirst();
        assertThat(store.limits().move(lease.epoch(), List.of(first.parked(line)))).isPresent();
    }
}
