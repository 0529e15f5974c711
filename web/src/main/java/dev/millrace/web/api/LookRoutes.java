package dev.millrace.web.api;

import dev.millrace.store.JobStore;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Route;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.QueueView;
import dev.millrace.web.job.WorkerView;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import java.time.Clock;
import java.util.List;

/** Queues and workers. */
final class LookRoutes {
    private final JobStore store;
    private final Clock clock;

    LookRoutes(JobStore store, Clock clock) {
        this.store = store;
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
                                Api.V1 + "/workers",
                                "listWorkers",
                                "List workers.",
                                this::workers)
                        .answers(
                                200,
                                Schema.items("Workers", "Registered workers.", WorkerView.WORKER),
                                "Those that serve a queue that may be seen."));
    }

    private Response queues(Request request) {
        var view = new JobView(clock.instant(), store.workers());
        return Response.json(
                200,
                new JsonLine()
                        .with(
                                "items",
                                store.queues().stream()
                                        .filter(each -> request.who().sees(each.queue()))
                                        .map(each -> QueueView.json(each, view))
                                        .toList()));
    }

    private Response workers(Request request) {
        var view = new JobView(clock.instant(), store.workers());
        return Response.json(
                200,
                new JsonLine()
                        .with(
                                "items",
                                view.workers().stream()
                                        .flatMap(each ->
                                                WorkerView.json(each, view, request.who()::sees)
                                                        .stream())
                                        .toList()));
    }
}
