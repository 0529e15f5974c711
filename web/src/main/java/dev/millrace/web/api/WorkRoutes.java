package dev.millrace.web.api;

import dev.millrace.Millrace;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.KindVersion;
import dev.millrace.job.LogLine;
import dev.millrace.job.MillraceException;
import dev.millrace.remote.ClaimAsk;
import dev.millrace.remote.ClaimToken;
import dev.millrace.remote.Conclusion;
import dev.millrace.remote.Introduction;
import dev.millrace.remote.RemoteWork;
import dev.millrace.remote.WorkerKey;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Trace;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.WorkBody;
import dev.millrace.web.job.WorkShape;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The worker protocol: work for workers in any language. What may be said of a job is fenced by its
 * claim's token; nothing about a worker is kept in this process.
 */
final class WorkRoutes {
    private static final int SMALL_BYTES = 64 << 10;
    private static final int BEAT_BYTES = 1 << 20;
    private static final int LARGE_BYTES = JobRoutes.MAX_BODY_BYTES;
    private static final int MOST_LINES = 100;
    private static final int BEATS_IN_A_LEASE = 3;
    private static final Duration LONGEST_DELAY = Duration.ofDays(365);

    private final Millrace millrace;
    private final RemoteWork work;
    private final Clock clock;

    WorkRoutes(Millrace millrace, Clock clock) {
        this.millrace = millrace;
        this.clock = clock;
        this.work = millrace.remote();
    }

    List<Route> routes() {
        return List.of(
                worker("register", "registerWorker", "Register a worker.", this::register)
                        .reads(Route.Body.json(SMALL_BYTES, WorkShape.REGISTER))
                        .traced(Trace.ACTIONS)
                        .answers(201, WorkShape.REGISTERED, "Registered; it has to beat.")
                        .refuses(429, "too-many-workers", "Whoever asks has as many as may be."),
                worker("claim", "claimWork", "Ask for jobs, and wait for some.", this::claim)
                        .reads(Route.Body.json(SMALL_BYTES, WorkShape.CLAIM))
                        .pace(Route.Pace.CLAIM)
                        .answers(200, WorkShape.GIVEN, "Jobs, or none when the wait is over.")
                        .refuses(409, "worker-lost", "It is to register anew."),
                worker("heartbeat", "beat", "Say that a worker lives.", this::beat)
                        .reads(Route.Body.json(BEAT_BYTES, WorkShape.BEAT))
                        .answers(200, WorkShape.BEATEN, "What it has to know.")
                        .refuses(409, "worker-lost", "It is to register anew."),
                worker("leave", "leaveWork", "Sign a worker off.", this::leave)
                        .reads(Route.Body.json(SMALL_BYTES, WorkShape.LEAVE))
                        .answers(Route.Answer.empty(204, "Gone; what it held went back."))
                        .refuses(409, "worker-lost", "It is not registered with this secret."),
                job("progress", "reportProgress", "Say how far a job has come.", this::progress)
                        .reads(Route.Body.json(SMALL_BYTES, WorkShape.PROGRESS))
                        .answers(200, WorkShape.KEPT, "Kept."),
                job("checkpoint", "keepCheckpoint", "Keep where a job resumes.", this::checkpoint)
                        .reads(Route.Body.json(LARGE_BYTES, WorkShape.CHECKPOINT))
                        .answers(200, WorkShape.KEPT, "Kept, durably."),
                job("log", "logWork", "Add lines to a job's log.", this::log)
                        .reads(Route.Body.json(LARGE_BYTES, WorkShape.LOG))
                        .answers(200, WorkShape.KEPT, "Kept."),
                job("complete", "completeWork", "Say that the work is done.", this::complete)
                        .reads(Route.Body.json(LARGE_BYTES, WorkShape.COMPLETE))
                        .answers(200, WorkShape.KEPT, "Kept, durably."),
                job("fail", "failWork", "Say that an attempt failed.", this::fail)
                        .reads(Route.Body.json(LARGE_BYTES, WorkShape.FAIL))
                        .answers(200, WorkShape.KEPT, "Kept; what follows is the policy's."),
                job("snooze", "snoozeWork", "Have a job run again later.", this::snooze)
                        .reads(Route.Body.json(SMALL_BYTES, WorkShape.SNOOZE))
                        .answers(200, WorkShape.KEPT, "Kept."),
                job("release", "releaseWork", "Hand a job back.", this::release)
                        .reads(Route.Body.json(SMALL_BYTES, WorkShape.RELEASE))
                        .answers(200, WorkShape.KEPT, "It is available again."));
    }

    private static Route worker(
            String what, String operation, String summary, Route.Handler handler) {
        return Route.of(
                        Need.worker(),
                        Method.POST,
                        Api.V1 + "/work/" + what,
                        operation,
                        summary,
                        handler)
                .traced(Trace.NEVER);
    }

    private static Route job(String what, String operation, String summary, Route.Handler handler) {
        return Route.of(
                        Need.worker(),
                        Method.POST,
                        Api.V1 + "/work/{id}/" + what,
                        operation,
                        summary,
                        handler)
                .takes(JobRoutes.ID)
                .traced(Trace.NEVER)
                .refuses(JobRoutes.NO_SUCH_JOB)
                .refuses(409, "lease-lost", "The claim is no longer held.");
    }

    private Response register(Request request) throws IOException {
        var body = WorkBody.read(request.text(), WorkShape.REGISTER.members());
        Map<String, Integer> queues = body.numbers("queues");
        requireAll(request, queues.keySet());
        String version = body.text("version");
        Duration lease = body.duration("lease", RemoteWork.LEASE);
        String name = body.requireText("name");
        WorkerKey key =
                work.register(
                        new Introduction(
                                name,
                                version == null ? "unknown" : version,
                                queues,
                                kinds(body),
                                lease,
                                caller(request.who())));
        request.tell(
                "worker " + key.id(),
                null,
                new JsonLine().with("name", name).with("queues", queues).toString());
        return Response.json(
                201,
                new JsonLine()
                        .with("worker", key.text())
                        .with("lease", Durations.exact(lease))
                        .with("heartbeatMillis", lease.toMillis() / BEATS_IN_A_LEASE));
    }

    /** By which the workers of whoever asks are counted. */
    private static String caller(Who who) {
        return who.name().isEmpty()
                ? ""
                : who.kind().name().toLowerCase(Locale.ROOT) + " " + who.name();
    }

    private static void requireAll(Request request, Set<String> queues) {
        if (!request.who().mayEverywhere(Role.WORKER)) {
            queues.forEach(queue -> request.who().require(Role.WORKER, queue));
        }
    }

    private static WorkerKey key(WorkBody body) {
        return WorkerKey.parse(body.requireText("worker"));
    }

    /** Whoever speaks for a worker must be allowed to serve its queues. */
    private void requireOwn(Request request, WorkerKey worker) {
        if (!request.who().mayEverywhere(Role.WORKER)) {
            requireAll(request, work.queues(worker));
        }
    }

    private static Set<KindVersion> kinds(WorkBody body) {
        var kinds = new HashSet<KindVersion>();
        body.lists("kinds")
                .forEach((kind, versions) ->
                        versions.forEach(version -> kinds.add(new KindVersion(kind, version))));
        return kinds;
    }

    private Response claim(Request request) throws IOException, InterruptedException {
        var body = WorkBody.read(request.text(), WorkShape.CLAIM.members());
        var ask =
                new ClaimAsk(
                        key(body),
                        body.small("request", 0),
                        body.numbers("queues"),
                        kinds(body),
                        body.duration("wait", Duration.ZERO));
        requireAll(request, ask.queues().keySet());
        requireOwn(request, ask.worker());
        return Response.json(200, WorkShape.json(work.claim(ask)));
    }

    private Response beat(Request request) throws IOException {
        var body = WorkBody.read(request.text(), WorkShape.BEAT.members());
        WorkerKey key = key(body);
        requireOwn(request, key);
        Map<Long, ClaimToken> held = body.raw("jobs") == null ? null : tokens(body.texts("jobs"));
        RemoteWork.Beaten answer =
                work.beat(
                        new RemoteWork.Beat(
                                key,
                                "null".equals(body.raw("jobs")) ? null : held,
                                body.small("settled", 0),
                                body.whole("after", 0)));
        return Response.json(
                200,
                new JsonLine()
                        .with("drain", answer.draining())
                        .with("cancel", answer.cancelled())
                        .with("lost", answer.lost())
                        .with("returned", answer.returned())
                        .with("next", answer.next()));
    }

    private static Map<Long, ClaimToken> tokens(Map<String, String> texts) {
        var tokens = new HashMap<Long, ClaimToken>();
        texts.forEach((id, token) -> {
            if (!id.matches("[1-9][0-9]{0,17}")) {
                throw MillraceException.invalid(
                        "'jobs' must have ids as names, got '%s'; it did not beat".formatted(id));
            }
            tokens.put(Long.parseLong(id), ClaimToken.parse(token));
        });
        return tokens;
    }

    private Response leave(Request request) throws IOException {
        var body = WorkBody.read(request.text(), WorkShape.LEAVE.members());
        work.leave(key(body));
        return Response.empty(204);
    }

    /** What was said of a job, by whom. */
    private record Said(long id, ClaimToken token, WorkBody body) {}

    private Said said(Request request, Schema schema) throws IOException {
        var body = WorkBody.read(request.text(), schema.members());
        long id = request.get(JobRoutes.ID);
        var token = ClaimToken.parse(body.requireText("token"));
        requireJob(request.who(), id);
        return new Said(id, token, body);
    }

    /** A job of a queue that they may not serve is, to them, no job at all. */
    private void requireJob(Who who, long id) {
        boolean may =
                who.mayEverywhere(Role.WORKER)
                        || millrace.store()
                                .find(id)
                                .filter(job -> who.may(Role.WORKER, job.queue()))
                                .isPresent();
        if (!may) {
            throw JobRoutes.noSuchJob(id);
        }
    }

    private Response progress(Request request) throws IOException, InterruptedException {
        Said said = said(request, WorkShape.PROGRESS);
        work.progress(
                said.id(),
                said.token(),
                said.body().requireWhole("done"),
                said.body().whole("total", 0),
                said.body().text("message"));
        return kept(true);
    }

    private Response checkpoint(Request request) throws IOException, InterruptedException {
        Said said = said(request, WorkShape.CHECKPOINT);
        work.checkpoint(
                said.id(),
                said.token(),
                said.body().raw("checkpoint"),
                said.body().object("steps"));
        return kept(true);
    }

    private Response log(Request request) throws IOException, InterruptedException {
        Said said = said(request, WorkShape.LOG);
        List<Map<String, String>> lines = said.body().items("lines");
        if (lines.isEmpty() || lines.size() > MOST_LINES) {
            throw MillraceException.invalid(
                    "'lines' must be 1 to %d lines, got %d; nothing was kept"
                            .formatted(MOST_LINES, lines.size()));
        }
        Instant at = clock.instant();
        work.log(
                said.id(),
                said.token(),
                lines.stream()
                        .map(line ->
                                new LogLine(
                                        at,
                                        level(line.getOrDefault("level", "info")),
                                        line.getOrDefault("message", "")))
                        .toList());
        return kept(true);
    }

    private static LogLine.Level level(String text) {
        return Arrays.stream(LogLine.Level.values())
                .filter(each -> each.text().equals(text))
                .findFirst()
                .orElseThrow(() ->
                        MillraceException.invalid(
                                "'level' must be debug, info, warn or error, got '%s'; nothing was"
                                                .formatted(text)
                                        + " kept"));
    }

    private Response complete(Request request) throws IOException, InterruptedException {
        Said said = said(request, WorkShape.COMPLETE);
        String skipped = said.body().text("skipped");
        return end(
                said,
                skipped == null
                        ? new Conclusion.Completed(said.body().raw("result"))
                        : new Conclusion.Skipped(skipped));
    }

    private Response fail(Request request) throws IOException, InterruptedException {
        Said said = said(request, WorkShape.FAIL);
        WorkBody body = said.body();
        String stack = body.text("stack");
        var error =
                new ErrorInfo(
                        body.requireText("type"),
                        body.requireText("message"),
                        stack == null ? "" : stack);
        return end(said, failure(body, error));
    }

    private static Conclusion failure(WorkBody body, ErrorInfo error) {
        if ("true".equals(body.raw("cancelled"))) {
            return new Conclusion.Cancelled(error.message());
        }
        @Nullable String retry = body.raw("retry");
        return switch (retry) {
            case null -> new Conclusion.Failed(error, null);
            case "null", "true" -> new Conclusion.Failed(error, null);
            case "false" -> new Conclusion.Discarded(error);
            default -> new Conclusion.Failed(error, delay(body, "retry"));
        };
    }

    private static Duration delay(WorkBody body, String name) {
        Duration delay = body.duration(name, Duration.ZERO);
        if (delay.compareTo(LONGEST_DELAY) > 0) {
            throw MillraceException.invalid(
                    "'%s' must be at most 365d, got %s; nothing was done"
                            .formatted(name, Durations.exact(delay)));
        }
        return delay;
    }

    private Response snooze(Request request) throws IOException, InterruptedException {
        Said said = said(request, WorkShape.SNOOZE);
        said.body().requireText("delay");
        String reason = said.body().text("reason");
        return end(
                said,
                new Conclusion.Snoozed(
                        delay(said.body(), "delay"),
                        reason == null ? "no reason given" : reason,
                        said.body().text("key")));
    }

    private Response release(Request request) throws IOException, InterruptedException {
        Said said = said(request, WorkShape.RELEASE);
        String reason = said.body().text("reason");
        return end(said, new Conclusion.Released(reason == null ? "the worker stops" : reason));
    }

    private Response end(Said said, Conclusion how) throws InterruptedException {
        return kept(work.end(said.id(), said.token(), how));
    }

    private static Response kept(boolean now) {
        return Response.json(200, new JsonLine().with("recorded", now ? "now" : "already"));
    }
}
