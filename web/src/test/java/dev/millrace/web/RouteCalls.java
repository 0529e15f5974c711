package dev.millrace.web;

import static org.awaitility.Awaitility.await;

import dev.millrace.flow.Pipeline;
import dev.millrace.flow.StepAnswer;
import dev.millrace.job.Json;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.store.WorkerInfo;
import dev.millrace.testkit.MemoryStore;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/**
 * How each route is called so that it answers well: <b>a new route gets a line in {@code
 * CALLS}</b>, by its operation. Jobs of every state are at hand.
 */
final class RouteCalls implements AutoCloseable {
    /** A request, and the status it is answered with. */
    record Call(String path, String contentType, String body, int status) {}

    /** Makes a call, and what it needs, over a server. */
    interface Recipe {
        Call on(RouteCalls calls) throws Exception;
    }

    private static final String SCHEDULES = "/api/v1/schedules";

    private static final String ACTION =
            "{\"action\":\"cancel\",\"filter\":{\"queue\":\"q9\"},\"reason\":\"tidy\"}";

    private static final String REMOTE = "{\"name\":\"w\",\"queues\":{\"far\":2}}";
    private static final String CLAIM =
            "{\"worker\":\"%s\",\"request\":1,\"queues\":{\"far\":1},\"kinds\":{\"far\":[1]}}";

    static final Map<String, Recipe> CALLS =
            Map.ofEntries(
                    Map.entry("enqueueJob", calls -> json("/api/v1/jobs", "{\"kind\":\"k\"}", 201)),
                    Map.entry("listJobs", calls -> look("/api/v1/jobs?queue=q1")),
                    Map.entry("showJob", calls -> look("/api/v1/jobs/" + calls.failed())),
                    Map.entry(
                            "copyJob",
                            calls ->
                                    json(
                                            "/api/v1/jobs/" + calls.failed() + "/copy",
                                            "{\"priority\":7}",
                                            201)),
                    Map.entry("retryJob", calls -> act("retry", calls.failed())),
                    Map.entry(
                            "enqueueJobs",
                            calls ->
                                    new Call(
                                            "/api/v1/jobs/bulk",
                                            "application/x-ndjson",
                                            "{\"kind\":\"k\"}\n{\"knd\":1}\n",
                                            200)),
                    Map.entry("cancelJob", calls -> act("cancel", calls.waiting())),
                    Map.entry("runJobNow", calls -> act("run-now", calls.scheduled())),
                    Map.entry(
                            "signalJob",
                            calls ->
                                    json(
                                            "/api/v1/jobs/" + calls.waiting() + "/signals/go",
                                            "{\"a\":1}",
                                            200)),
                    Map.entry(
                            "askJobStack",
                            calls ->
                                    new Call(
                                            "/api/v1/jobs/" + calls.running() + "/stack",
                                            "",
                                            "",
                                            202)),
                    Map.entry(
                            "deleteJob",
                            calls -> new Call("/api/v1/jobs/" + calls.failed(), "", "", 204)),
                    Map.entry("startAction", calls -> json("/api/v1/jobs/actions", ACTION, 202)),
                    Map.entry("showAction", calls -> look(calls.action())),
                    Map.entry("stopAction", calls -> look(calls.action())),
                    Map.entry("pauseQueue", calls -> look("/api/v1/queues/q9/pause")),
                    Map.entry("resumeQueue", calls -> look("/api/v1/queues/q9/resume")),
                    Map.entry(
                            "changeQueue",
                            calls ->
                                    json(
                                            "/api/v1/queues/q9",
                                            """
                                            {"limit": 3, "perKey": {"tenant": 2},
                                              "rates": {"host": {"count": 5, "per": "1s"}}}\
                                            """,
                                            200)),
                    Map.entry("showLimits", calls -> look("/api/v1/queues/q9/limits")),
                    Map.entry("listBatches", calls -> look("/api/v1/batches?state=completed")),
                    Map.entry("showBatch", calls -> look("/api/v1/batches/" + calls.batch())),
                    Map.entry(
                            "listMembers",
                            calls -> look("/api/v1/batches/" + calls.batch() + "/members")),
                    Map.entry(
                            "cancelBatch",
                            calls -> look("/api/v1/batches/" + calls.batch() + "/cancel")),
                    Map.entry(
                            "closeBatch",
                            calls -> look("/api/v1/batches/" + calls.batch() + "/close")),
                    Map.entry("listPipelines", calls -> look("/api/v1/pipelines")),
                    Map.entry(
                            "showPipeline", calls -> look("/api/v1/pipelines/" + calls.pipeline())),
                    Map.entry(
                            "listItems",
                            calls -> look("/api/v1/pipelines/" + calls.pipeline() + "/items")),
                    Map.entry(
                            "showItem",
                            calls -> look("/api/v1/pipelines/" + calls.pipeline() + "/items/acme")),
                    Map.entry(
                            "previewRetryStep",
                            calls ->
                                    look(
                                            "/api/v1/pipelines/"
                                                    + calls.pipeline()
                                                    + "/steps/look/failed?reason=x")),
                    Map.entry(
                            "retryStep",
                            calls ->
                                    look(
                                            "/api/v1/pipelines/"
                                                    + calls.pipeline()
                                                    + "/steps/look/retry?reason=x")),
                    Map.entry("listQueues", calls -> look("/api/v1/queues")),
                    Map.entry("listWorkers", calls -> look("/api/v1/workers")),
                    Map.entry("listKinds", calls -> look("/api/v1/kinds")),
                    Map.entry("listErrors", RouteCalls::errors),
                    Map.entry("series", calls -> look("/api/v1/series?step=1m&queue=q1")),
                    Map.entry(
                            "drainWorker",
                            calls -> look("/api/v1/workers/" + calls.spareWorker() + "/drain")),
                    Map.entry("listSchedules", calls -> look(calls.withSchedule("?limit=5"))),
                    Map.entry("addSchedule", calls -> json(SCHEDULES, schedule("new"), 201)),
                    Map.entry("getSchedule", calls -> look(calls.withSchedule("/s"))),
                    Map.entry("pauseSchedule", calls -> look(calls.withSchedule("/s/pause"))),
                    Map.entry("resumeSchedule", calls -> look(calls.withSchedule("/s/resume"))),
                    Map.entry("triggerSchedule", calls -> look(calls.withSchedule("/s/trigger"))),
                    Map.entry(
                            "removeSchedule",
                            calls -> new Call(calls.withSchedule("/s"), "", "", 204)),
                    Map.entry("listLeaders", calls -> look("/api/v1/leaders")),
                    Map.entry(
                            "registerWorker", calls -> json("/api/v1/work/register", REMOTE, 201)),
                    Map.entry("claimWork", RouteCalls::claim),
                    Map.entry(
                            "beat",
                            calls ->
                                    json(
                                            "/api/v1/work/heartbeat",
                                            "{\"worker\":\"%s\",\"jobs\":{}}"
                                                    .formatted(calls.remoteWorker()),
                                            200)),
                    Map.entry(
                            "leaveWork",
                            calls ->
                                    json(
                                            "/api/v1/work/leave",
                                            "{\"worker\":\"%s\"}".formatted(calls.remoteWorker()),
                                            204)),
                    Map.entry("reportProgress", calls -> say(calls, "progress", "\"done\":1")),
                    Map.entry(
                            "keepCheckpoint",
                            calls -> say(calls, "checkpoint", "\"checkpoint\":{\"n\":1.50}")),
                    Map.entry(
                            "logWork",
                            calls -> say(calls, "log", "\"lines\":[{\"message\":\"m\"}]")),
                    Map.entry("completeWork", calls -> say(calls, "complete", "\"result\":[1]")),
                    Map.entry(
                            "failWork",
                            calls -> say(calls, "fail", "\"type\":\"E\",\"message\":\"m\"")),
                    Map.entry("snoozeWork", calls -> say(calls, "snooze", "\"delay\":\"1h\"")),
                    Map.entry("releaseWork", calls -> say(calls, "release", "\"reason\":\"r\"")),
                    Map.entry("scale", calls -> look("/api/v1/scale?targetWait=5s")),
                    Map.entry("followAll", calls -> look("/api/v1/events")),
                    Map.entry(
                            "followJob",
                            calls -> look("/api/v1/jobs/" + calls.completed() + "/events")),
                    Map.entry(
                            "signIn",
                            calls ->
                                    json(
                                            "/api/v1/session",
                                            "{\"user\":\"anna\",\"password\":\"%s\"}"
                                                    .formatted(People.PASSWORD),
                                            200)),
                    Map.entry("signOut", calls -> new Call("/api/v1/session", "", "", 204)),
                    Map.entry("listAudit", calls -> look("/api/v1/audit?limit=5")),
                    Map.entry("me", calls -> look("/api/v1/me")),
                    Map.entry("live", calls -> look("/health/live")),
                    Map.entry("ready", calls -> look("/health/ready")),
                    Map.entry("metrics", calls -> look("/metrics")),
                    Map.entry("openapi", calls -> look("/api/v1/openapi.json")));

    private final CountDownLatch mayEnd = new CountDownLatch(1);
    final Served served;

    RouteCalls(UnaryOperator<WebSettings> settings) {
        this.served =
                new Served(
                        new MemoryStore(),
                        builder ->
                                builder.handle(
                                                Task.named("fails", RawJson.class)
                                                        .retry(RetryPolicy.never()),
                                                (payload, job) -> {
                                                    job.progress(1, 3, "a third");
                                                    job.log("on the way");
                                                    throw new IllegalStateException("no");
                                                })
                                        .handle(
                                                Task.named("works", RawJson.class),
                                                (payload, job) -> new RawJson("{\"n\":1.50}"))
                                        .handle(
                                                Task.named("held", RawJson.class),
                                                (payload, job) -> {
                                                    mayEnd.await();
                                                    return null;
                                                }),
                        settings);
        served.token = People.ADMIN;
    }

    private static Call look(String path) {
        return new Call(path, "", "", 200);
    }

    String remoteWorker() throws Exception {
        return Served.json(served.post("/api/v1/work/register", "application/json", REMOTE))
                .get("worker")
                .asString();
    }

    private static Call claim(RouteCalls calls) throws Exception {
        calls.enqueue("{\"kind\":\"far\",\"queue\":\"far\"}");
        return json("/api/v1/work/claim", CLAIM.formatted(calls.remoteWorker()), 200);
    }

    /** Says something of a job that was just claimed. */
    private static Call say(RouteCalls calls, String what, String members) throws Exception {
        Call claim = claim(calls);
        var given =
                Served.json(calls.served.post(claim.path(), claim.contentType(), claim.body()))
                        .get("jobs")
                        .get(0);
        return json(
                "/api/v1/work/" + given.get("id").asLong() + "/" + what,
                "{\"token\":\"%s\",%s}".formatted(given.get("token").asString(), members),
                200);
    }

    /** A worker that does nothing, so that the others go on. */
    long spareWorker() {
        return served.millrace
                .store()
                .register(new WorkerInfo("spare", "1", Map.of("q1", 1), Instant.now()));
    }

    private static String schedule(String name) {
        return "{\"name\":\"%s\",\"when\":{\"cron\":\"@daily\"},\"kind\":\"nobody\"}"
                .formatted(name);
    }

    /** A path about a schedule called {@code s}, which is there. */
    String withSchedule(String path) throws Exception {
        served.post(SCHEDULES, "application/json", schedule("s"));
        return SCHEDULES + path;
    }

    private static Call errors(RouteCalls calls) throws Exception {
        calls.failed();
        return look("/api/v1/errors");
    }

    private static Call act(String what, long id) {
        return look("/api/v1/jobs/" + id + "/" + what);
    }

    private static Call json(String path, String body, int status) {
        return new Call(path, "application/json", body, status);
    }

    /** A job that no worker takes. */
    long waiting() throws Exception {
        return enqueue("{\"kind\":\"nobody\",\"queue\":\"q1\",\"unique\":\"u\",\"tags\":[\"t\"]}");
    }

    long scheduled() throws Exception {
        return enqueue("{\"kind\":\"nobody\",\"delay\":\"1h\",\"timeout\":\"5s\",\"ttl\":\"2h\"}");
    }

    long running() throws Exception {
        return in("running", enqueue("{\"kind\":\"held\"}"));
    }

    /** A job set aside, with progress, log and error. */
    long failed() throws Exception {
        return in("discarded", enqueue("{\"kind\":\"fails\",\"maxAttempts\":1}"));
    }

    long completed() throws Exception {
        return in("completed", enqueue("{\"kind\":\"works\"}"));
    }

    /** The path of an action. */
    String action() throws Exception {
        var begun = served.post("/api/v1/jobs/actions", "application/json", ACTION);
        return begun.headers().firstValue("Location").orElseThrow();
    }

    /** A batch that nobody has closed. */
    long batch() {
        return served.millrace.openBatch("import").id();
    }

    /** A pipeline that no process runs, with an item that waits. */
    String pipeline() {
        var pipeline =
                Pipeline.named("grade", String.class)
                        .key(company -> company)
                        .step("look", String.class, (company, job) -> StepAnswer.next(company))
                        .build();
        served.millrace.submit(pipeline, "acme");
        String plan = new Json().write("plan", pipeline.plan(), 1 << 20);
        served.millrace.store().batches().declare("grade", plan);
        return pipeline.name();
    }

    private long in(String state, long id) {
        await().until(() ->
                Served.json(served.get("/api/v1/jobs/" + id))
                        .get("state")
                        .asString()
                        .equals(state));
        return id;
    }

    long enqueue(String body) throws Exception {
        return Served.json(served.enqueue(body)).get("id").asLong();
    }

    @Override
    public void close() {
        mayEnd.countDown();
        served.close();
    }
}
