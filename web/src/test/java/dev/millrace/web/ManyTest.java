package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.MemoryStore;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Looks at very much. */
@Timeout(60)
class ManyTest {
    private static final String PREVIEW =
            "{\"action\":\"cancel\",\"dryRun\":true,\"filter\":{\"q\":\"tag:none\"}}";

    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final AtomicInteger looking = new AtomicInteger();
    private final MemoryStore store =
            new MemoryStore() {
                @Override
                public JobIdPage ids(JobFilter filter, int limit, @Nullable String cursor) {
                    looking.incrementAndGet();
                    try {
                        mayEnd.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return new JobIdPage(List.of(), "more", 60_000);
                }

                @Override
                public List<QueueSnapshot> queues() {
                    throw new AssertionError("nobody asked how many jobs there are");
                }
            };

    /** By a clock that stands still nobody looks for too long. */
    private final Served served =
            new Served(store, builder -> builder.clock(new FakeClock()), settings -> settings);

    @AfterEach
    void close() {
        mayEnd.countDown();
        served.close();
    }

    @Test
    void fewPreviewsLookAtOnceAndEachAtABoundedNumberOfJobs() throws Exception {
        var asked = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int i = 0; i < 2; i++) {
            asked.add(
                    served.client.sendAsync(
                            served.to("/api/v1/jobs/actions")
                                    .header("Content-Type", "application/json")
                                    .POST(BodyPublishers.ofString(PREVIEW))
                                    .build(),
                            BodyHandlers.ofString()));
        }
        await().until(() -> looking.get() == 2);
        var refused = served.post("/api/v1/jobs/actions", "application/json", PREVIEW);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("5");
        mayEnd.countDown();
        for (var answer : asked) {
            var preview = Served.json(answer.join());
            assertThat(preview.get("matching").asInt()).isZero();
            assertThat(preview.get("isAtLeast").asBoolean()).isTrue();
            assertThat(preview.get("looked").asInt()).isEqualTo(120_000);
        }
    }

    @Test
    void oneCallersPreviewsLeaveOthersTheirPlace() throws Exception {
        try (var people = new Served(store, builder -> builder, People::with)) {
            people.token = People.ADMIN;
            var first = preview(people, PREVIEW);
            await().until(() -> looking.get() == 1);
            // the older one ends for it, but not while the store does not answer
            var newer = preview(people, PREVIEW).get(20, TimeUnit.SECONDS);
            assertThat(newer.statusCode()).isEqualTo(429);
            people.token = People.MINE;
            var other = preview(people, PREVIEW.replace("{\"q\"", "{\"queue\":\"mine-1\",\"q\""));
            await().until(() -> looking.get() == 2);
            mayEnd.countDown();
            assertThat(first.join().statusCode()).isEqualTo(200);
            assertThat(other.join().statusCode()).isEqualTo(200);
        }
    }

    private static HttpResponse<String> begun(Served served) throws Exception {
        return served.post(
                "/api/v1/jobs/actions",
                "application/json",
                "{\"action\":\"cancel\",\"filter\":{\"queue\":\"mine-1\"}}");
    }

    @Test
    void fewActionsRunAtOnceAndOneCallersLeaveOthersTheirPlace() throws Exception {
        for (int i = 0; i < 4; i++) {
            assertThat(begun(served).statusCode()).isEqualTo(202);
        }
        var refused = begun(served);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("5");
        try (var people = new Served(store, builder -> builder, People::with)) {
            people.token = People.ADMIN;
            assertThat(begun(people).statusCode()).isEqualTo(202);
            assertThat(begun(people).statusCode()).isEqualTo(202);
            assertThat(begun(people).statusCode()).isEqualTo(429);
            people.token = People.MINE;
            assertThat(begun(people).statusCode()).isEqualTo(202);
        }
    }

    /** What was done before the store refused stays done, and is told as it is. */
    @Test
    void anActionThatTheStoreFailsInItsMiddleTellsHowFarItCame() throws Exception {
        var calls = new AtomicInteger();
        var full =
                new MemoryStore() {
                    @Override
                    public Map<Long, JobState.Name> cancel(
                            Collection<Long> ids, String reason, Instant now) {
                        if (calls.incrementAndGet() > 1) {
                            throw new MillraceException(
                                    MillraceException.Code.STORE_REFUSED, "the disk is full");
                        }
                        return super.cancel(ids, reason, now);
                    }
                };
        try (var people = new Served(full, builder -> builder, People::with)) {
            people.token = People.ADMIN;
            String lines = "{\"kind\":\"k\",\"queue\":\"mine-1\"}\n".repeat(600);
            people.post("/api/v1/jobs/bulk", "application/x-ndjson", lines);
            String its = begun(people).headers().firstValue("Location").orElseThrow();
            await().until(() ->
                    Served.json(people.get(its)).get("phase").asString().equals("failed"));
            var told = Served.json(people.get(its));
            assertThat(told.get("done").asInt()).isEqualTo(500);
            assertThat(told.get("looked").asInt()).isEqualTo(500);
            assertThat(told.get("failure").asString()).contains("the disk is full");
            var left = new JobFilter(JobState.Name.AVAILABLE, "mine-1", null, null);
            assertThat(full.list(left, 1_000, null).items()).hasSize(100);
            var kept = Served.json(people.get("/api/v1/audit")).get("items");
            assertThat(kept).hasSize(1);
            assertThat(kept.get(0).get("action").asString()).isEqualTo("startAction");
        }
    }

    private static CompletableFuture<HttpResponse<String>> preview(Served served, String body) {
        return served.client.sendAsync(
                served.to("/api/v1/jobs/actions")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void acceptingAndShowingAJobCountsNoQueue() throws Exception {
        var accepted = served.enqueue("{\"kind\":\"a\"}");
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(201);
        var shown = served.get("/api/v1/jobs/" + Served.json(accepted).get("id").asLong());
        assertThat(shown.statusCode()).as(shown.body()).isEqualTo(200);
        assertThat(Served.json(shown).get("waiting").get("reason").asString())
                .isIn("no-worker", "next");
    }
}
