package dev.millrace.web.api;

import dev.millrace.Millrace;
import dev.millrace.job.JobOptions;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.JobTerms;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.queue.JobHandle;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Trace;
import dev.millrace.web.http.Type;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.JobBody;
import dev.millrace.web.job.JobShape;
import dev.millrace.web.look.Recent;
import dev.millrace.web.text.JsonLine;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** Jobs are accepted, one by one. */
final class EnqueueRoute {
    private static final Parameter<String> IDEMPOTENCY_KEY =
            Parameter.header(
                    "Idempotency-Key",
                    Type.name(),
                    "The same request sent again within 24 h is answered as the first time.");

    private final Millrace millrace;
    private final Recent recent;
    private final Clock clock;

    EnqueueRoute(Millrace millrace, Recent recent, Clock clock) {
        this.millrace = millrace;
        this.recent = recent;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.operator(),
                                Method.POST,
                                Api.V1 + "/jobs",
                                "enqueueJob",
                                "Enqueue a job.",
                                this::enqueue)
                        .takes(IDEMPOTENCY_KEY)
                        .traced(Trace.PEOPLE)
                        .reads(Route.Body.json(JobRoutes.MAX_BODY_BYTES, JobBody.SHAPE))
                        .answers(201, JobShape.JOB, "Accepted, durably; Location names it.")
                        .answers(
                                200,
                                JobShape.JOB,
                                "Not accepted: this job holds the unique key; duplicate is true.")
                        .refuses(
                                409, "key-held", "A job that may not be seen holds the unique key.")
                        .refuses(
                                422,
                                "idempotency-conflict",
                                "The idempotency key stands for another request."));
    }

    private Response enqueue(Request request) throws IOException, InterruptedException {
        JobRequest<RawJson> job =
                CallerKeys.own(
                        request.who(),
                        keyed(JobRoutes.read(request.text()), request.find(IDEMPOTENCY_KEY)));
        request.who().require(Role.OPERATOR, job.queue());
        JobHandle handle = enqueued(job, request.who());
        String location = Api.V1 + "/jobs/" + handle.id();
        request.tell(
                "job " + handle.id(),
                null,
                new JsonLine()
                        .with("kind", job.task().kind())
                        .with("queue", job.queue())
                        .with("duplicate", handle.isDuplicate())
                        .toString());
        if (!handle.isDuplicate()) {
            request.doneInPart();
        }
        if (handle.isDuplicate()) {
            Optional<JobSnapshot> there = millrace.store().find(handle.id());
            if (there.isEmpty() && job.options().idempotencyKey() != null) {
                return Response.json(201, gone(handle, job)).with("Location", location);
            }
            JobSnapshot held = there.orElseThrow(() -> JobRoutes.noSuchJob(handle.id()));
            if (!request.who().sees(held.queue())) {
                throw new Refused(
                        Problem.of(
                                409,
                                "key-held",
                                "a job that you may not see holds the unique key; nothing was"
                                        + " accepted"));
            }
            JsonLine duplicate =
                    recent.view(List.of(held))
                            .json(held, millrace.report(held.id()))
                            .with("duplicate", true);
            // the same request again is answered as the first was
            return job.options().unique() == null
                    ? Response.json(201, duplicate).with("Location", location)
                    : Response.json(200, duplicate);
        }
        // one that takes another's place may be due when that was
        JobSnapshot accepted =
                handle.isReplacement()
                        ? millrace.store().find(handle.id()).orElseGet(() -> accepted(handle, job))
                        : accepted(handle, job);
        JsonLine answer = recent.viewAtOnce(job.queue()).json(accepted, JobReport.NONE);
        return Response.json(201, answer).with("Location", location);
    }

    private JobHandle enqueued(JobRequest<RawJson> job, Who who) throws InterruptedException {
        try {
            return millrace.enqueue(job);
        } catch (MillraceException e) {
            if (e.code() == MillraceException.Code.IDEMPOTENCY_CONFLICT
                    && who.kind() != Who.Kind.EVERYBODY) {
                throw new Refused(CallerKeys.problem(e), e);
            }
            throw e;
        }
    }

    /** The first answer again, of a job that was removed since: what is known of it still. */
    private JsonLine gone(JobHandle handle, JobRequest<RawJson> job) {
        return recent.viewAtOnce(job.queue())
                .json(accepted(handle, job), JobReport.NONE)
                .with("duplicate", true)
                .without("createdAt")
                .without("waiting");
    }

    private static JobRequest<RawJson> keyed(JobRequest<RawJson> job, Optional<String> header) {
        if (header.isEmpty()) {
            return job;
        }
        String said = job.options().idempotencyKey();
        if (said != null && !said.equals(header.get())) {
            throw new Refused(
                    Problem.of(
                                    400,
                                    "invalid-input",
                                    "the header Idempotency-Key and the body's idempotencyKey must"
                                            + " be the same; nothing was accepted")
                            .expectedGot(said, header.get()));
        }
        return job.idempotencyKey(header.get());
    }

    private static JobTerms terms(JobOptions options, Instant at) {
        Instant expiresAt =
                switch (options.expiry()) {
                    case JobOptions.Expiry.After after -> at.plus(after.ttl());
                    case JobOptions.Expiry.At moment -> moment.at();
                    case null -> null;
                };
        var unique = options.unique();
        return new JobTerms(
                unique == null ? null : unique.key(),
                expiresAt,
                options.timeout(),
                options.keys(),
                0,
                options.weight());
    }

    /** The job as the store has it now, without asking the store. */
    private JobSnapshot accepted(JobHandle handle, JobRequest<RawJson> job) {
        Instant at = handle.acceptedAt().orElseGet(clock::instant);
        Instant runAt =
                switch (job.start()) {
                    case JobRequest.Start.Now n -> at;
                    case JobRequest.Start.After after -> at.plus(after.delay());
                    case JobRequest.Start.At due -> due.at().truncatedTo(ChronoUnit.MICROS);
                };
        return new JobSnapshot(
                handle.id(),
                job.task().kind(),
                job.task().version(),
                job.queue(),
                job.priority(),
                job.payload().text(),
                job.tags(),
                1,
                (job.retry() == null ? job.task().retry() : job.retry()).maxAttempts(),
                at,
                runAt.isAfter(at) ? new JobState.Scheduled(runAt, false) : new JobState.Available(),
                terms(job.options(), at),
                List.of());
    }
}
