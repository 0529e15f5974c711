package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobSnapshot;
import dev.millrace.store.DiscardedJob;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobPage;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.MemoryStore;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Many who look at the same cost the store no more than one. */
@Timeout(120)
class SharedTest {
    private static final int CLIENTS = 200;
    private static final int AT_ONCE = 20;
    private static final List<String> LOOKS =
            List.of(
                    "/api/v1/jobs?limit=50&payload=no",
                    "/api/v1/queues",
                    "/api/v1/scale",
                    "/api/v1/workers",
                    "/api/v1/errors");

    private final Map<String, Integer> calls = new TreeMap<>();
    private final AtomicReference<JobFilter> listed = new AtomicReference<>();
    private final MemoryStore store =
            new MemoryStore() {
                private <T> T counted(String name, Supplier<T> call) {
                    synchronized (calls) {
                        calls.merge(name, 1, Integer::sum);
                    }
                    return call.get();
                }

                @Override
                public JobPage list(JobFilter filter, int limit, @Nullable String cursor) {
                    listed.set(filter);
                    return counted("list", () -> super.list(filter, limit, cursor));
                }

                @Override
                public Optional<JobSnapshot> find(long jobId) {
                    return counted("find", () -> super.find(jobId));
                }

                @Override
                public List<QueueSnapshot> queues() {
                    return counted("queues", super::queues);
                }

                @Override
                public List<WorkerSnapshot> workers() {
                    return counted("workers", super::workers);
                }

                @Override
                public List<DiscardedJob> discarded(JobFilter filter, int max) {
                    return counted("discarded", () -> super.discarded(filter, max));
                }
            };
    private final FakeClock clock = new FakeClock();
    private final Served served = new Served(store, b -> b, People::with, clock);

    @AfterEach
    void close() {
        served.close();
    }

    private Map<String, Integer> callsOf(int clients, String job) throws Exception {
        synchronized (calls) {
            calls.clear();
        }
        var looks = new ArrayList<>(LOOKS);
        looks.add(job);
        try (var threads = Executors.newFixedThreadPool(Math.min(clients, AT_ONCE))) {
            var answers = new ArrayList<Future<HttpResponse<String>>>();
            for (int i = 0; i < clients; i++) {
                for (String look : looks) {
                    answers.add(
                            threads.submit(() ->
                                    served.client.send(
                                            served.to(look).build(), BodyHandlers.ofString())));
                }
            }
            for (var answer : answers) {
                assertThat(answer.get().statusCode()).isEqualTo(200);
            }
        }
        synchronized (calls) {
            return new TreeMap<>(calls);
        }
    }

    @Test
    void manyClientsCostTheStoreNoMoreThanOne() throws Exception {
        served.token = People.ADMIN;
        String job =
                served.enqueue("{\"kind\":\"a\"}").headers().firstValue("Location").orElseThrow();
        Map<String, Integer> one = callsOf(1, job);
        assertThat(one).containsKeys("list", "find", "queues", "workers", "discarded");
        clock.advance(Duration.ofSeconds(10));
        Map<String, Integer> many = callsOf(CLIENTS, job);
        assertThat(many.keySet()).isSubsetOf(one.keySet());
        one.forEach((call, count) ->
                assertThat(many.getOrDefault(call, 0)).as(call).isLessThanOrEqualTo(count + 2));
    }

    @Test
    void whoChangedSomethingSeesItAtOnceAndOthersASecondLater() throws Exception {
        String look = "/api/v1/jobs?queue=mine";
        served.token = People.ADMIN;
        assertThat(served.get(look).body()).contains("\"items\":[]");
        served.token = People.MINE;
        assertThat(served.get(look).body()).contains("\"items\":[]");
        assertThat(served.enqueue("{\"kind\":\"a\",\"queue\":\"mine\"}").statusCode())
                .isEqualTo(201);
        assertThat(served.get(look).body()).contains("\"queue\":\"mine\"");
        served.token = People.ADMIN;
        assertThat(served.get(look).body()).contains("\"items\":[]");
        clock.advance(Duration.ofSeconds(1));
        assertThat(served.get(look).body()).contains("\"queue\":\"mine\"");
    }

    @Test
    void whatSomeMaySeeIsNotShownToOthers() throws Exception {
        served.token = People.ADMIN;
        var theirs = served.enqueue("{\"kind\":\"a\",\"queue\":\"theirs\"}");
        String job = theirs.headers().firstValue("Location").orElseThrow();
        served.enqueue("{\"kind\":\"a\",\"queue\":\"mine.too\"}");
        assertThat(served.get(job).statusCode()).isEqualTo(200);
        assertThat(served.get("/api/v1/jobs").body()).contains("theirs");
        served.token = People.LOOKER;
        assertThat(served.get("/api/v1/jobs").body()).doesNotContain("theirs");
        assertThat(served.get(job).statusCode()).isEqualTo(404);
        assertThat(served.get("/api/v1/queues").body()).doesNotContain("theirs");
        assertThat(listed.get().among()).as("looked at").isEqualTo(Set.of("mine.too"));
    }
}
