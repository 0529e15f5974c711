package dev.millrace.web.api;

import dev.millrace.job.JobReport;
import dev.millrace.job.JobSnapshot;
import dev.millrace.store.JobStore;
import dev.millrace.web.event.Feed;
import dev.millrace.web.event.JobWatch;
import dev.millrace.web.event.Subscription;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Route;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Streams of server-sent events. */
final class EventRoutes {
    private static final String TYPE = "text/event-stream";
    private static final Response HEAD = Response.text(200, TYPE, "");
    private static final Duration COME_BACK = Duration.ofSeconds(5);

    private final JobStore store;
    private final Feed feed;
    private final JobWatch watch;

    EventRoutes(JobStore store, Feed feed, JobWatch watch) {
        this.store = store;
        this.feed = feed;
        this.watch = watch;
    }

    List<Route> routes() {
        return List.of(
                Route.of(Method.GET, Api.V1 + "/events", "Follow what happens.", this::all)
                        .pace(Route.Pace.LONG)
                        .answers(
                                new Route.Answer(
                                        200,
                                        TYPE,
                                        "Event",
                                        "Events queues, workers and job, as they change;"
                                                + " Last-Event-ID resumes.")),
                Route.of(Method.GET, Api.V1 + "/jobs/{id}/events", "Follow a job.", this::one)
                        .takes(JobRoutes.ID)
                        .pace(Route.Pace.LONG)
                        .answers(
                                new Route.Answer(
                                        200,
                                        TYPE,
                                        "Event",
                                        "The job as it stands, and again whenever that changes;"
                                                + " ends with the job."))
                        .answers(
                                new Route.Answer(
                                        204,
                                        "",
                                        "",
                                        "The job has ended, and Last-Event-ID says that the client"
                                                + " knows.")));
    }

    private Response all(Request request) {
        return request.isHead() ? HEAD : stream(feed.subscribe(request.header("Last-Event-ID")));
    }

    private Response one(Request request) {
        long id = request.get(JobRoutes.ID);
        JobSnapshot job = store.find(id).orElseThrow(() -> JobRoutes.noSuchJob(id));
        JobReport report = store.reports().look(id);
        Optional<String> lastId = request.header("Last-Event-ID");
        if (job.state().isEnded() && lastId.filter(JobWatch.id(job, report)::equals).isPresent()) {
            // tells an EventSource not to come back
            return Response.empty(204);
        }
        return request.isHead() ? HEAD : stream(watch.subscribe(job, report, lastId));
    }

    private static Response stream(Optional<Subscription> subscribed) {
        var client =
                subscribed.orElseThrow(() ->
                        new Refused(
                                Problem.of(
                                                503,
                                                "busy",
                                                "as many streams are open as are allowed at once;"
                                                        + " ask again")
                                        .retryAfter(COME_BACK)));
        return new Response.Streamed(
                200,
                Map.of(
                        "Content-Type",
                        TYPE,
                        "Cache-Control",
                        "no-store",
                        "X-Accel-Buffering",
                        "no"),
                out -> {
                    try (client) {
                        client.writeTo(out);
                    }
                });
    }
}
