package dev.millrace.web.api;

import dev.millrace.Millrace;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.job.JobBody;
import dev.millrace.web.job.JobShape;
import dev.millrace.web.look.Recent;
import dev.millrace.web.text.JsonLine;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A changed copy of a job, with what is hidden of it. */
final class CopyRoute {
    private final Millrace millrace;
    private final Recent recent;
    private final Clock clock;

    CopyRoute(Millrace millrace, Recent recent, Clock clock) {
        this.millrace = millrace;
        this.recent = recent;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.operator(),
                                Method.POST,
                                Api.V1 + "/jobs/{id}/copy",
                                "copyJob",
                                "Enqueue a copy of a job, with changes.",
                                this::copy)
                        .takes(JobRoutes.ID)
                        .reads(Route.Body.json(JobRoutes.MAX_BODY_BYTES, JobBody.CHANGES))
                        .answers(
                                201,
                                JobShape.JOB,
                                "The copy, accepted; Location names it. It holds no unique key.")
                        .refuses(JobRoutes.NO_SUCH_JOB));
    }

    private Response copy(Request request) throws IOException, InterruptedException {
        long id = request.get(JobRoutes.ID);
        JobSnapshot job = Reach.find(millrace.store(), request, id);
        request.who().require(Role.OPERATOR, job.queue());
        Hiding.Of hidden = recent.hiding().of(job);
        JobRequest<RawJson> wanted =
                JobRoutes.refusing(() ->
                        JobBody.change(
                                "the body",
                                request.text(),
                                original(job, clock.instant()),
                                hidden.back(job.payload())));
        request.who().require(Role.OPERATOR, wanted.queue());
        long copy = millrace.enqueue(wanted).id();
        request.did(
                "job " + copy,
                null,
                new JsonLine()
                        .with("copyOf", id)
                        .with("kind", job.kind())
                        .with("queue", wanted.queue())
                        .toString());
        JobSnapshot accepted =
                millrace.store().find(copy).orElseThrow(() -> JobRoutes.noSuchJob(copy));
        return Response.json(
                        201, recent.viewAtOnce(accepted.queue()).json(accepted, JobReport.NONE))
                .with("Location", Api.V1 + "/jobs/" + copy);
    }

    /** What a job was asked for with, as far as it still holds; it starts at once. */
    private JobRequest<RawJson> original(JobSnapshot job, Instant now) {
        JobRequest<RawJson> request =
                Task.named(job.kind(), RawJson.class)
                        .version(job.version())
                        .retry(RetryPolicy.standard().attempts(job.maxAttempts()))
                        .with(new RawJson(job.payload()))
                        .queue(job.queue())
                        .priority(job.priority());
        Optional<RetryPolicy> own = millrace.store().ownRetry(job.id());
        if (own.isPresent()) {
            request = request.retry(own.get());
        }
        for (String tag : job.tags()) {
            request = request.tag(tag);
        }
        for (Map.Entry<String, String> key : job.terms().keys().entrySet()) {
            request = request.key(key.getKey(), key.getValue());
        }
        request = request.weight(job.terms().weight());
        Duration timeout = job.terms().timeout();
        if (timeout != null) {
            request = request.timeout(timeout);
        }
        Instant expiresAt = job.terms().expiresAt();
        if (expiresAt == null) {
            return request;
        }
        // one that is past would end the copy at once, so it lives as long as its original did
        Duration lived = Duration.between(job.createdAt(), expiresAt);
        return expiresAt.isAfter(now) || !lived.isPositive()
                ? request.expiresAt(expiresAt)
                : request.ttl(lived);
    }
}
