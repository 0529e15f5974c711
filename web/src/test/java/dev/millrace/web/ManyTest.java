package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.testkit.MemoryStore;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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
    private final Served served = new Served(store);

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
    void acceptingAndShowingAJobCountsNoQueue() throws Exception {
        var accepted = served.enqueue("{\"kind\":\"a\"}");
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(201);
        var shown = served.get("/api/v1/jobs/" + Served.json(accepted).get("id").asLong());
        assertThat(shown.statusCode()).as(shown.body()).isEqualTo(200);
        assertThat(Served.json(shown).get("waiting").get("reason").asString())
                .isIn("no-worker", "next");
    }
}
