package dev.millrace.web.api;

import dev.millrace.store.JobStore;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Route;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.QueueView;
import dev.millrace.web.job.WorkerView;
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
                Route.of(Method.GET, Api.V1 + "/queues", "List queues.", this::queues)
                        .answers(
                                200,
                                "Queues",
                                "Queues by name, with counts that are exact up to countedTo."),
                Route.of(Method.GET, Api.V1 + "/workers", "List workers.", this::workers)
                        .answers(
                                200,
                                "Workers",
                                "Registered workers: alive, silent (no beat for 30 s) or dead."));
    }

    private Response queues(Request request) {
        var view = new JobView(clock.instant(), store.workers());
        return Response.json(
                200,
                new JsonLine()
                        .with(
                                "items",
                                store.queues().stream()
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
                                        .map(each -> WorkerView.json(each, view))
                                        .toList()));
    }
}
