package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.JobStore;
import dev.millrace.store.LimitKey;
import dev.millrace.store.QueueLimits;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.testkit.contract.Bench;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The worker protocol, spoken raw; through two web processes on one store. */
@Timeout(60)
class WorkTest {
    private final MemoryStore store = new MemoryStore();
    private final Served served = new Served(store);
    private final Served other = new Served(store.reopen());

    @AfterEach
    void close() {
        other.close();
        served.close();
    }

    private static HttpResponse<String> say(Served at, String path, String body, Object... values)
            throws Exception {
        return at.post("/api/v1/work/" + path, "application/json", body.formatted(values));
    }

    private static JsonNode said(Served at, String path, String body, Object... values)
            throws Exception {
        var answer = say(at, path, body, values);
        assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isLessThan(300);
        return Served.json(answer);
    }

    private static void refused(int status, String code, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(Served.json(answer).get("code").asString()).isEqualTo(code);
    }

    /** With a lease that outlasts the test. */
    private String register() throws Exception {
        return register("5m");
    }

    private String register(String lease) throws Exception {
        String body = "{\"name\":\"py:1\",\"queues\":{\"q\":4},\"lease\":\"%s\"}";
        return said(served, "register", body, lease).get("worker").asString();
    }

    /** The id alone, as people see it. */
    private static long number(String worker) {
        return Long.parseLong(worker.substring(0, worker.indexOf('.')));
    }

    private long enqueue(String more) throws Exception {
        var answer = served.enqueue("{\"kind\":\"far\",\"queue\":\"q\"" + more + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return Served.json(answer).get("id").asLong();
    }

    private static JsonNode claim(Served at, String worker, int request, int max, String wait)
            throws Exception {
        return said(
                        at,
                        "claim",
                        "{\"worker\":\"%s\",\"request\":%d,\"queues\":{\"q\":%d},"
                                + "\"kinds\":{\"far\":[1,2]},\"wait\":\"%s\"}",
                        worker,
                        request,
                        max,
                        wait)
                .get("jobs");
    }

    private JobState.Name state(long id) {
        return store.find(id).orElseThrow().state().name();
    }

    @Test
    void aJobIsClaimedReportedOnAndCompletedThroughAnyProcess() throws Exception {
        long id = enqueue(",\"payload\":{\"n\":12345678901234567890.10},\"tags\":[\"t\"]");
        String worker = register();
        var given = say(other, "claim", CLAIM, worker, 1);
        assertThat(given.body()).contains("\"payload\":{\"n\":12345678901234567890.10}");
        var job = Served.json(given).get("jobs").get(0);
        assertThat(job.get("id").asLong()).isEqualTo(id);
        assertThat(job.get("attempt").asInt()).isEqualTo(1);
        assertThat(job.has("checkpoint")).isFalse();
        String token = job.get("token").asString();
        said(served, id + "/progress", "{\"token\":\"%s\",\"done\":1,\"total\":4}", token);
        said(other, id + "/checkpoint", "{\"token\":\"%s\",\"checkpoint\":{\"p\":7}}", token);
        said(
                served,
                id + "/log",
                "{\"token\":\"%s\",\"lines\":[{\"level\":\"warn\",\"message\":\"half\"}]}",
                token);
        var shown = Served.json(served.get("/api/v1/jobs/" + id));
        assertThat(shown.get("progress").get("done").asInt()).isEqualTo(1);
        assertThat(shown.get("log").get(0).get("message").asString()).isEqualTo("half");
        String done = "{\"token\":\"%s\",\"result\":{\"sum\":1.50}}";
        assertThat(said(served, id + "/complete", done, token).get("recorded").asString())
                .isEqualTo("now");
        assertThat(said(other, id + "/complete", done, token).get("recorded").asString())
                .as("its answer was lost")
                .isEqualTo("already");
        assertThat(((JobState.Completed) store.find(id).orElseThrow().state()).result())
                .isEqualTo("{\"sum\":1.50}");
        refused(
                409,
                "lease-lost",
                say(other, id + "/progress", "{\"token\":\"%s\",\"done\":2}", token));
    }

    @Test
    void theSameRequestIsGivenTheSameJobsAndStrangersGoBack() throws Exception {
        enqueue("");
        long two = enqueue("");
        String worker = register();
        var first = claim(served, worker, 1, 1, "0");
        var again = claim(other, worker, 1, 1, "0");
        assertThat(again).isEqualTo(first);
        var second = claim(served, worker, 2, 1, "0").get(0);
        assertThat(second.get("id").asLong()).isEqualTo(two);
        String beat =
                "{\"worker\":\"%s\",\"jobs\":{\"%d\":\"%s\",\"999\":\"1.2.x\"},\"settled\":%d}";
        String token = second.get("token").asString();
        var early = said(other, "heartbeat", beat, worker, two, token, 1);
        assertThat(early.get("returned").asInt()).as("request 1 may be under way").isZero();
        assertThat(early.get("lost").toString()).isEqualTo("[999]");
        var later = said(other, "heartbeat", beat, worker, two, token, 3);
        assertThat(later.get("returned").asInt()).isEqualTo(1);
        assertThat(state(first.get(0).get("id").asLong())).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(state(two)).isEqualTo(JobState.Name.RUNNING);
    }

    @Test
    void aClaimWaitsForWorkAndIsWokenByIt() throws Exception {
        String worker = register();
        var waiting =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return claim(other, worker, 1, 1, "30s");
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
        Bench.await("it waits", () -> other.web.requests() == 1);
        long id = enqueue("");
        assertThat(waiting.get(20, TimeUnit.SECONDS).get(0).get("id").asLong()).isEqualTo(id);
        assertThat(claim(other, worker, 2, 1, "50ms").size()).isZero();
    }

    @Test
    void aServerThatStopsLetsWaitingClaimsGo() throws Exception {
        // what answers are held against is read while it lives
        assertThat(other.get("/health/live").statusCode()).isEqualTo(200);
        String worker = register();
        var waiting =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return claim(other, worker, 1, 1, "60s");
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
        Bench.await("it waits", () -> other.web.requests() == 1);
        other.web.close();
        assertThat(waiting.get(20, TimeUnit.SECONDS).size()).isZero();
    }

    @Test
    void whatFailsGoesByItsPolicyUnlessTheWorkerSaysMore() throws Exception {
        String worker = register();
        long id = enqueue(",\"maxAttempts\":2");
        String fail = "{\"token\":\"%s\",\"type\":\"KeyError\",\"message\":\"no\"%s}";
        String token = claim(served, worker, 1, 1, "0").get(0).get("token").asString();
        said(served, id + "/fail", fail, token, ",\"stack\":\"at x\",\"retry\":\"1h\"");
        assertThat(state(id)).isEqualTo(JobState.Name.SCHEDULED);
        var attempt = store.find(id).orElseThrow().attempts().getLast();
        assertThat(attempt.error().type()).isEqualTo("KeyError");
        assertThat(attempt.error().stack()).isEqualTo("at x");
        served.post("/api/v1/jobs/" + id + "/run-now", "application/json", "");
        var second = claim(served, worker, 2, 1, "30s").get(0);
        assertThat(second.get("attempt").asInt()).isEqualTo(2);
        said(served, id + "/fail", fail, second.get("token").asString(), "");
        assertThat(state(id)).as("attempts are used up").isEqualTo(JobState.Name.DISCARDED);

        long never = enqueue("");
        String third = claim(served, worker, 3, 1, "30s").get(0).get("token").asString();
        said(served, never + "/fail", fail, third, ",\"retry\":false");
        assertThat(state(never)).isEqualTo(JobState.Name.DISCARDED);
    }

    @Test
    void snoozingAndHandingBackSpendNothingAndKeepTheCheckpointAndSteps() throws Exception {
        String worker = register();
        long id = enqueue("");
        String token = claim(served, worker, 1, 1, "0").get(0).get("token").asString();
        said(
                served,
                id + "/checkpoint",
                "{\"token\":\"%s\",\"checkpoint\":[1],\"steps\":{\"a\":{\"x\":1},\"b\":2}}",
                token);
        said(served, id + "/release", "{\"token\":\"%s\"}", token);
        var again = claim(other, register(), 1, 1, "30s").get(0);
        assertThat(again.get("attempt").asInt()).isEqualTo(1);
        assertThat(again.get("checkpoint").toString()).isEqualTo("[1]");
        assertThat(again.get("steps").toString()).isEqualTo("{\"a\":{\"x\":1},\"b\":2}");
        refused(
                409,
                "lease-lost",
                say(served, id + "/checkpoint", "{\"token\":\"%s\",\"checkpoint\":2}", token));
        said(
                served,
                id + "/snooze",
                "{\"token\":\"%s\",\"delay\":\"1h\",\"reason\":\"busy\"}",
                again.get("token").asString());
        assertThat(state(id)).isEqualTo(JobState.Name.SCHEDULED);
        assertThat(store.find(id).orElseThrow().attempt()).isEqualTo(1);
    }

    @Test
    void aSnoozeMayNameWhatRestsMeanwhile() throws Exception {
        long id = enqueue("");
        String token = claim(served, register(), 1, 1, "0").get(0).get("token").asString();
        store.limits().limit("q", QueueLimits.NONE.withShared("weather", 3));
        String snooze = "{\"token\":\"%s\",\"delay\":\"1h\",\"key\":\"%s\"}";
        refused(400, "invalid-input", say(served, id + "/snooze", snooze, token, "host"));
        assertThat(state(id)).isEqualTo(JobState.Name.RUNNING);
        said(served, id + "/snooze", snooze, token, "weather");
        assertThat(state(id)).isEqualTo(JobState.Name.SCHEDULED);
        var weather = LimitKey.shared("weather");
        assertThat(store.limits().paused(Set.of(weather), Instant.now())).containsKey(weather);
    }

    @Test
    void cancellationsAndDrainsComeWithTheHeartbeat() throws Exception {
        String worker = register();
        long id = enqueue("");
        enqueue("");
        String token = claim(served, worker, 1, 1, "0").get(0).get("token").asString();
        other.post("/api/v1/jobs/" + id + "/cancel?reason=enough", "application/json", "");
        String beat = "{\"worker\":\"%s\"}";
        assertThat(said(served, "heartbeat", beat, worker).get("cancel").toString())
                .isEqualTo("{\"%d\":\"enough\"}".formatted(id));
        said(
                served,
                id + "/fail",
                "{\"token\":\"%s\",\"type\":\"cancelled\",\"message\":\"enough\","
                        + "\"cancelled\":true}",
                token);
        assertThat(state(id)).isEqualTo(JobState.Name.CANCELLED);
        other.post("/api/v1/workers/" + number(worker) + "/drain", "application/json", "");
        assertThat(said(served, "heartbeat", beat, worker).get("drain").asBoolean()).isTrue();
        Bench.await("claims are given nothing", () -> isDrained(worker));
        said(served, "claim", CLAIM, worker, 3);
    }

    private static final String CLAIM =
            "{\"worker\":\"%s\",\"request\":%d,\"queues\":{\"q\":1},\"kinds\":{\"far\":[1]}}";
    private int request = 10;

    private boolean isDrained(String worker) {
        try {
            var given = said(other, "claim", CLAIM, worker, ++request);
            return given.get("drain").asBoolean() && given.get("jobs").size() == 0;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aWorkerThatDoesNotBeatForItsLeaseIsLostAndItsJobIsAnothers() throws Exception {
        String worker = register("5s");
        long id = enqueue("");
        String token = claim(served, worker, 1, 1, "0").get(0).get("token").asString();
        said(served, id + "/checkpoint", "{\"token\":\"%s\",\"checkpoint\":5}", token);
        String second = register();
        Bench.await(
                "its job is given to another",
                () -> {
                    try {
                        said(other, "heartbeat", "{\"worker\":\"%s\"}", second);
                        return state(id) == JobState.Name.AVAILABLE;
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
        refused(409, "worker-lost", say(other, "heartbeat", "{\"worker\":\"%s\"}", worker));
        refused(409, "worker-lost", say(other, "claim", CLAIM, worker, 2));
        refused(409, "lease-lost", say(other, id + "/complete", "{\"token\":\"%s\"}", token));
        var job = claim(other, second, 1, 1, "30s").get(0);
        assertThat(job.get("id").asLong()).isEqualTo(id);
        assertThat(job.get("checkpoint").asInt()).isEqualTo(5);
    }

    @Test
    void signingOffHandsEverythingBack() throws Exception {
        String worker = register();
        long id = enqueue("");
        claim(served, worker, 1, 1, "0");
        assertThat(say(other, "leave", "{\"worker\":\"%s\"}", worker).statusCode()).isEqualTo(204);
        assertThat(state(id)).isEqualTo(JobState.Name.AVAILABLE);
        JobStore looked = store;
        assertThat(looked.workers()).noneMatch(each -> each.id() == number(worker));
    }

    @Test
    void whatIsNoMessageIsRefused() throws Exception {
        for (String bad :
                new String[] {
                    "[]",
                    "{",
                    "{\"name\":\"w\"}",
                    "{\"name\":\"w w\",\"queues\":{\"q\":1}}",
                    "{\"name\":\"w\",\"queues\":{\"q\":0}}",
                    "{\"name\":\"w\",\"queues\":{\"q\":\"1\"}}",
                    "{\"name\":\"w\",\"queues\":{\"q\":1},\"lease\":\"1s\"}",
                    "{\"name\":\"w\",\"queues\":{\"q\":1},\"lease\":\"1d\"}",
                    "{\"name\":\"w\",\"queues\":{\"q\":1},\"more\":1}",
                    "{\"name\":1,\"queues\":{\"q\":1}}"
                }) {
            assertThat(say(served, "register", bad).statusCode()).as(bad).isEqualTo(400);
        }
        String worker = register();
        for (String bad :
                new String[] {
                    "{\"worker\":\"%s\"}",
                    "{\"worker\":\"%s\",\"request\":0,\"queues\":{\"q\":1},\"kinds\":{\"k\":[1]}}",
                    "{\"worker\":\"%s\",\"request\":1,\"queues\":{\"q\":101},\"kinds\":{\"k\":[1]}}",
                    "{\"worker\":\"%s\",\"request\":1,\"queues\":{\"q\":1},\"kinds\":{\"k\":1}}",
                    "{\"worker\":\"%s\",\"request\":1,\"queues\":{\"q\":1},\"kinds\":{\"k\":[\"x\"]}}",
                    "{\"worker\":\"%s\",\"request\":1,\"queues\":{\"q\":1},\"kinds\":{}}",
                    "{\"worker\":\"%s\",\"request\":1,\"queues\":{\"q\":1},\"kinds\":{\"k\":[null]}}",
                    "{\"worker\":\"%s\",\"request\":1,\"queues\":{\"q\":1},\"kinds\":{\"k\":[1]},"
                            + "\"wait\":\"2m\"}"
                }) {
            assertThat(say(served, "claim", bad, worker).statusCode()).as(bad).isEqualTo(400);
        }
        long id = enqueue("");
        String token = claim(served, worker, 1, 1, "0").get(0).get("token").asString();
        for (String bad :
                new String[] {"\"total\":1", "\"done\":-1", "\"done\":\"x\"", "\"done\":1.5"}) {
            assertThat(
                            say(served, id + "/progress", "{\"token\":\"%s\",%s}", token, bad)
                                    .statusCode())
                    .as(bad)
                    .isEqualTo(400);
        }
        for (String bad : new String[] {"[]", "[1]", "[null]", "{}", "\"x\""}) {
            assertThat(
                            say(served, id + "/log", "{\"token\":\"%s\",\"lines\":%s}", token, bad)
                                    .statusCode())
                    .as(bad)
                    .isEqualTo(400);
        }
        for (String bad : new String[] {"x", "1", "1.", ".1", "-1.2", "1.2", "1.2.", "1.2.x y"}) {
            assertThat(say(served, id + "/complete", "{\"token\":\"%s\"}", bad).statusCode())
                    .as(bad)
                    .isEqualTo(400);
        }
        refused(409, "lease-lost", say(served, id + "/complete", "{\"token\":\"1.2.x\"}"));
        assertThat(state(id)).isEqualTo(JobState.Name.RUNNING);
    }

    @Test
    void nobodySpeaksForAWorkerOfAProcess() throws Exception {
        var info = new WorkerInfo("jvm", "1", Map.of("q", 4), Instant.now());
        long jvm = store.register(info);
        long id = enqueue("");
        store.claim(
                new ClaimRequest(
                        jvm,
                        (jvm << 32) + 1,
                        "q",
                        Set.of(new KindVersion("far", 1)),
                        1,
                        true,
                        Instant.now()));
        for (String secret : List.of(".x", ".0")) {
            String worker = jvm + secret;
            refused(409, "worker-lost", say(served, "leave", "{\"worker\":\"%s\"}", worker));
            refused(
                    409,
                    "worker-lost",
                    say(other, "heartbeat", "{\"worker\":\"%s\",\"jobs\":{}}", worker));
            refused(409, "worker-lost", say(other, "claim", CLAIM, worker, 1));
        }
        String token = "%d.%d.x".formatted(jvm, (jvm << 32) + 1);
        refused(409, "lease-lost", say(served, id + "/complete", "{\"token\":\"%s\"}", token));
        assertThat(say(served, "leave", "{\"worker\":%d}", jvm).statusCode()).isEqualTo(400);
        assertThat(state(id)).isEqualTo(JobState.Name.RUNNING);
        assertThat(store.workers()).anyMatch(each -> each.id() == jvm && !each.dead());
        store.deregister(jvm);
    }

    @Test
    void whatIsSaidWithoutAWorkersSecretIsNotHeard() throws Exception {
        String worker = register();
        long id = enqueue("");
        String token = claim(served, worker, 1, 1, "0").get(0).get("token").asString();
        String stranger = register();
        String forged = number(worker) + stranger.substring(stranger.indexOf('.'));
        refused(409, "worker-lost", say(other, "leave", "{\"worker\":\"%s\"}", forged));
        refused(409, "worker-lost", say(other, "heartbeat", "{\"worker\":\"%s\"}", forged));
        refused(409, "worker-lost", say(other, "claim", CLAIM, forged, 1));
        String guessed = token.substring(0, token.lastIndexOf('.')) + ".AAAAAAAAAAAAAAAAAAAAAA";
        for (String what : List.of("complete", "release", "checkpoint")) {
            refused(409, "lease-lost", say(other, id + "/" + what, "{\"token\":\"%s\"}", guessed));
        }
        assertThat(state(id)).isEqualTo(JobState.Name.RUNNING);
        said(other, id + "/complete", "{\"token\":\"%s\"}", token);
        assertThat(state(id)).isEqualTo(JobState.Name.COMPLETED);
    }

    @Test
    void oneCallerRegistersSoManyAndTheFirstClaimIsABeat() throws Exception {
        String first = register();
        for (int i = 1; i < 100; i++) {
            register();
        }
        String more = "{\"name\":\"w\",\"queues\":{\"q\":1},\"lease\":\"10m\"}";
        var refused = say(other, "register", more);
        refused(429, "too-many-workers", refused);
        assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0)).isPositive();
        var later = Instant.now().plusSeconds(40);
        assertThat(store.workers()).noneMatch(each -> each.hasBeaten() || each.isLive(later));
        said(served, "claim", CLAIM, first, 1);
        assertThat(store.workers())
                .filteredOn(WorkerSnapshot::hasBeaten)
                .extracting(WorkerSnapshot::id)
                .containsExactly(number(first));
        said(other, "register", more);
    }
}
