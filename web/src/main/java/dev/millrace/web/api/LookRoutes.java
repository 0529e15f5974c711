package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.Millrace;
import dev.millrace.admin.Failures;
import dev.millrace.job.ErrorInfo;
import dev.millrace.store.DiscardedJob;
import dev.millrace.store.JobStore;
import dev.millrace.store.WorkerSnapshot;
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
import dev.millrace.web.job.FailuresView;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.QueueView;
import dev.millrace.web.job.WorkerView;
import dev.millrace.web.look.Changes;
import dev.millrace.web.look.Recent;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** Queues, kinds, workers and what went wrong. */
final class LookRoutes {
    private static final Parameter<Long> WORKER =
            Parameter.path("id", Type.id(), "The worker's id.");
    private static final Parameter<String> QUEUE =
            Parameter.query("queue", Type.name(), "Only jobs of this queue.");
    private static final Parameter<String> KIND =
            Parameter.query("kind", Type.name(), "Only jobs of this kind.");
    private static final Parameter<Integer> LIMIT =
            Parameter.query(
                    "limit", Type.whole(1, Failures.MOST_GROUPS), 50, "At most so many groups.");
    private static final Parameter<Integer> JOBS =
            Parameter.query(
                    "jobs",
                    Type.whole(1, DiscardedJob.MOST),
                    Failures.FEW_JOBS,
                    "At most so many ids of each group.");

    private static final Schema KINDS =
            Schema.items(
                    "Kinds",
                    "Kinds by queue.",
                    Schema.object(
                            "Kind",
                            "A kind of job that a queue has or had.",
                            must("queue", Schema.text(), "Where."),
                            must("kind", Schema.text(), "What it does."),
                            must("version", Schema.count(), "Of the payload's shape.")));

    private final Millrace millrace;
    private final JobStore store;
    private final Clock clock;
    private final Hiding hiding;
    private final Recent recent;
    private final Changes changes;

    LookRoutes(Millrace millrace, Clock clock, Recent recent, Changes changes) {
        this.hiding = recent.hiding();
        this.recent = recent;
        this.changes = changes;
        this.millrace = millrace;
        this.store = millrace.store();
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/queues",
                                "listQueues",
                                "List queues.",
                                this::queues)
                        .answers(
                                200,
                                Schema.items("Queues", "Queues by name.", QueueView.QUEUE),
                                "Those that may be seen, with counts that are exact up to"
                                        + " countedTo."),
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/kinds",
                                "listKinds",
                                "List kinds.",
                                this::kinds)
                        .answers(
                                200,
                                KINDS,
                                "Every kind that a queue that may be seen ever had, by queue."),
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/errors",
                                "listErrors",
                                "Group discarded jobs by what went wrong.",
                                this::errors)
                        .takes(QUEUE, KIND, LIMIT, JOBS)
                        .answers(
                                200,
                                FailuresView.ERRORS,
                                "The largest groups first, among the 2,000 discarded jobs accepted"
                                        + " last in queues that may be seen."),
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/workers",
                                "listWorkers",
                                "List workers.",
                                this::workers)
                        .answers(
                                200,
                                Schema.items("Workers", "Registered workers.", WorkerView.WORKER),
                                "Those that serve a queue that may be seen."),
                Route.of(
                                Need.everywhere(Role.ADMIN),
                                Method.POST,
                                Api.V1 + "/workers/{id}/drain",
                                "drainWorker",
                                "Have a worker claim nothing more and finish what it runs.",
                                this::drain)
                        .takes(WORKER)
                        .answers(
                                200,
                                WorkerView.WORKER,
                                "The worker, told; it heeds it within a second.")
                        .refuses(404, "no-such-worker", "No such worker lives."));
    }

    private Response queues(Request request) {
        Recent.Seen seen = recent.seen(changes.last(request));
        JobView view = recent.view(seen);
        return items(
                seen.queues().stream()
                        .filter(each -> request.who().sees(each.queue()))
                        .map(each -> QueueView.json(each, view))
                        .toList());
    }

    private Response kinds(Request request) {
        return items(
                store.kinds().stream()
                        .filter(each -> request.who().sees(each.queue()))
                        .map(each ->
                                new JsonLine()
                                        .with("queue", each.queue())
                                        .with("kind", each.kind())
                                        .with("version", each.version()))
                        .toList());
    }

    private Response errors(Request request) {
        request.find(QUEUE).ifPresent(queue -> request.who().require(Role.VIEWER, queue));
        return Response.json(
                200,
                FailuresView.json(
                        millrace.failures(
                                request.find(QUEUE).orElse(null),
                                request.find(KIND).orElse(null),
                                request.get(LIMIT),
                                request.get(JOBS),
                                Reach.queues(store, request.who())),
                        this::shown));
    }

    /** A group: where something of its jobs is hidden, with the first one's error without that. */
    private JsonLine shown(Failures.Group group) {
        JsonLine json = FailuresView.json(group);
        if (!hiding.covers(group.kind())) {
            return json;
        }
        Optional<ErrorInfo> error =
                store.find(group.jobs().getFirst())
                        .filter(job -> !job.attempts().isEmpty())
                        .flatMap(job ->
                                Optional.ofNullable(job.attempts().getLast().error())
                                        .map(hiding.of(job)::error));
        return json.with("type", error.map(ErrorInfo::type).orElse(Hiding.INSTEAD))
                .with("message", error.map(ErrorInfo::message).orElse(Hiding.INSTEAD));
    }

    private Response workers(Request request) {
        var view = new JobView(clock.instant(), store.workers());
        return items(
                view.workers().stream()
                        .flatMap(each -> WorkerView.json(each, view, request.who()::sees).stream())
                        .toList());
    }

    private Response drain(Request request) {
        long id = request.get(WORKER);
        boolean told = millrace.drain(id);
        if (told) {
            request.did("worker " + id, null, "{\"draining\":true}");
        }
        var view = new JobView(clock.instant(), store.workers());
        WorkerSnapshot worker =
                view.workers().stream()
                        .filter(each -> told && each.id() == id)
                        .findFirst()
                        .orElseThrow(() ->
                                new Refused(
                                        Problem.of(
                                                404,
                                                "no-such-worker",
                                                "no worker %d lives: never registered, signed off,"
                                                                .formatted(id)
                                                        + " or dead; nothing was done")));
        return Response.json(200, WorkerView.json(worker, view));
    }

    private static Response items(List<JsonLine> items) {
        return Response.json(200, new JsonLine().with("items", items));
    }
}
