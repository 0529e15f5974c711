package dev.millrace.web.api;

import dev.millrace.Millrace;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.RawJson;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Type;
import dev.millrace.web.job.JobShape;
import dev.millrace.web.look.Recent;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** What people do to one job: cancel, run now, delete. */
final class JobActRoutes {
    private static final Parameter<String> REASON =
            Parameter.query(
                    "reason", Type.text(200), "cancelled over HTTP", "Kept in the job's history.");

    private static final Parameter<String> SIGNAL =
            Parameter.path("name", Type.name(), "The signal's name.");

    private final Millrace millrace;
    private final Recent recent;
    private final Clock clock;

    JobActRoutes(Millrace millrace, Recent recent, Clock clock) {
        this.millrace = millrace;
        this.recent = recent;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                act("cancel", "cancelJob", "Cancel a job.", this::cancel)
                        .takes(REASON)
                        .answers(
                                200,
                                JobShape.JOB,
                                "The job: cancelled, or still running until its handler ends."),
                act("run-now", "runJobNow", "Make a scheduled job available now.", this::runNow)
                        .answers(200, JobShape.JOB, "The job, available."),
                act("signals/{name}", "signalJob", "Send a signal to a job.", this::signal)
                        .takes(SIGNAL)
                        .reads(Route.Body.json(JobRoutes.MAX_BODY_BYTES, Schema.any()))
                        .answers(
                                200,
                                JobShape.JOB,
                                "The job; the signal is kept until it asks for it."),
                act(
                                "stack",
                                "askJobStack",
                                "Ask for the stack of a running job's thread.",
                                this::askStack)
                        .answers(
                                202,
                                JobShape.JOB,
                                "The job; its stack is shown with it within a second or so."),
                Route.of(
                                Need.operator(),
                                Method.DELETE,
                                Api.V1 + "/jobs/{id}",
                                "deleteJob",
                                "Delete a job that has come to rest.",
                                this::delete)
                        .takes(JobRoutes.ID)
                        .answers(Route.Answer.empty(204, "Gone, with its history."))
                        .refuses(JobRoutes.NO_SUCH_JOB, JobRoutes.WRONG_STATE));
    }

    private static Route act(String what, String operation, String summary, Route.Handler handler) {
        return Route.of(
                        Need.operator(),
                        Method.POST,
                        Api.V1 + "/jobs/{id}/" + what,
                        operation,
                        summary,
                        handler)
                .takes(JobRoutes.ID)
                .refuses(JobRoutes.NO_SUCH_JOB, JobRoutes.WRONG_STATE);
    }

    /** The id of the job, once it is sure that it may be acted on. */
    private long allowed(Request request) {
        long id = request.get(JobRoutes.ID);
        Reach.require(millrace.store(), request, Role.OPERATOR, id);
        return id;
    }

    private Response cancel(Request request) {
        long id = allowed(request);
        JobState.Name found =
                millrace.cancel(id, request.get(REASON)).orElseThrow(() -> JobRoutes.noSuchJob(id));
        return switch (found) {
            case SCHEDULED, AVAILABLE, RUNNING, CANCELLED -> {
                var asked = new JsonLine().with("reason", request.get(REASON));
                request.did("job " + id, state(found), asked.toString());
                JobSnapshot job = still(id);
                request.tell(
                        "job " + id,
                        state(found),
                        new JsonLine()
                                .with("state", job.state().name().text())
                                .with("kind", job.kind())
                                .with("queue", job.queue())
                                .with("reason", request.get(REASON))
                                .toString());
                yield Response.json(200, shown(job));
            }
            case COMPLETED, DISCARDED, EXPIRED ->
                    throw wrongState(id, "only live jobs can be cancelled", "a live job", found);
        };
    }

    private Response runNow(Request request) {
        long id = allowed(request);
        JobState.Name found = found(id, millrace.store().find(id).map(job -> job.state().name()));
        return switch (found) {
            case SCHEDULED, AVAILABLE -> {
                millrace.store().retry(List.of(id), clock.instant());
                request.did("job " + id, state(found), null);
                yield job(request, id, found);
            }
            case RUNNING, COMPLETED, CANCELLED, EXPIRED, DISCARDED ->
                    throw wrongState(id, "only scheduled jobs can be run now", "scheduled", found);
        };
    }

    private Response signal(Request request) throws IOException {
        long id = allowed(request);
        JobState.Name state =
                found(id, millrace.signal(id, request.get(SIGNAL), new RawJson(request.text())));
        return switch (state) {
            case SCHEDULED, AVAILABLE, RUNNING -> {
                request.did(
                        "job " + id,
                        null,
                        new JsonLine().with("signal", request.get(SIGNAL)).toString());
                yield Response.json(200, shown(still(id)));
            }
            case COMPLETED, CANCELLED, EXPIRED, DISCARDED ->
                    throw wrongState(id, "only live jobs are sent signals", "a live job", state);
        };
    }

    private Response askStack(Request request) {
        long id = allowed(request);
        JobState.Name state = found(id, millrace.store().reports().askStack(id, clock.instant()));
        if (state != JobState.Name.RUNNING) {
            throw wrongState(id, "only running jobs have a stack", "running", state);
        }
        request.did("job " + id, null, null);
        return Response.json(202, shown(still(id)));
    }

    private Response delete(Request request) {
        long id = allowed(request);
        JobSnapshot job = still(id);
        JobState.Name found =
                found(id, Optional.ofNullable(millrace.store().delete(List.of(id)).get(id)));
        return switch (found) {
            case COMPLETED, CANCELLED, EXPIRED, DISCARDED -> {
                request.tell(
                        "job " + id,
                        new JsonLine()
                                .with("state", found.text())
                                .with("kind", job.kind())
                                .with("queue", job.queue())
                                .toString(),
                        null);
                yield Response.empty(204);
            }
            case SCHEDULED, AVAILABLE, RUNNING ->
                    throw wrongState(
                            id,
                            "a live job must be cancelled before it can be deleted",
                            "a job that has come to rest",
                            found);
        };
    }

    /** A state, as the audit log is told it. */
    static String state(JobState.Name state) {
        return new JsonLine().with("state", state.text()).toString();
    }

    private static JobState.Name found(long id, Optional<JobState.Name> state) {
        return state.orElseThrow(() -> JobRoutes.noSuchJob(id));
    }

    private Response job(Request request, long id, JobState.Name before) {
        JobSnapshot job = still(id);
        request.tell("job " + id, state(before), state(job.state().name()));
        return Response.json(200, shown(job));
    }

    private JobSnapshot still(long id) {
        return millrace.store().find(id).orElseThrow(() -> JobRoutes.noSuchJob(id));
    }

    private JsonLine shown(JobSnapshot job) {
        return recent.view(job).json(job, millrace.report(job.id()));
    }

    private static Refused wrongState(long id, String why, String expected, JobState.Name found) {
        return new Refused(
                Problem.of(409, "wrong-state", "job %d stays as it is: %s".formatted(id, why))
                        .expectedGot(expected, found.text()));
    }
}
