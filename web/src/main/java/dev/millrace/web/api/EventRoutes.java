package dev.millrace.web.api;

import dev.millrace.web.access.Sessions;
import dev.millrace.web.event.Feed;
import dev.millrace.web.event.FeedShape;
import dev.millrace.web.event.JobWatch;
import dev.millrace.web.event.Subscription;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Type;
import dev.millrace.web.job.JobShape;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Streams of server-sent events. */
final class EventRoutes {
    private static final String TYPE = "text/event-stream";
    private static final Response HEAD = Response.text(200, TYPE, "");
    private static final Duration COME_BACK = Duration.ofSeconds(5);

    private static final Parameter<String> LAST_ID =
            Parameter.header(
                    "Last-Event-ID",
                    Type.text(200),
                    "The last event the client saw; it is sent what it missed, or an event gap when"
                            + " that is not kept any more.");

    private final Feed feed;
    private final JobWatch watch;
    private final Sessions sessions;

    EventRoutes(Feed feed, JobWatch watch, Sessions sessions) {
        this.sessions = sessions;
        this.feed = feed;
        this.watch = watch;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/events",
                                "followAll",
                                "Follow what happens.",
                                this::all)
                        .takes(LAST_ID)
                        .pace(Route.Pace.STREAM)
                        .answers(
                                Route.Answer.stream(
                                        FeedShape.EVENTS,
                                        "Events queues, workers and job, as they change, of queues"
                                                + " that may be seen.")),
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/jobs/{id}/events",
                                "followJob",
                                "Follow a job.",
                                this::one)
                        .takes(JobRoutes.ID, LAST_ID)
                        .pace(Route.Pace.FOLLOW)
                        .answers(
                                Route.Answer.stream(
                                        Map.of("job", JobShape.JOB),
                                        "The job as it stands, and again whenever that changes;"
                                                + " ends with the job."))
                        .answers(
                                Route.Answer.empty(
                                        204,
                                        "The job has ended, and Last-Event-ID says that the client"
                                                + " knows."))
                        .refuses(JobRoutes.NO_SUCH_JOB));
    }

    private Response all(Request request) {
        return request.isHead()
                ? HEAD
                : stream(request, feed.subscribe(request.find(LAST_ID), request.who()));
    }

    private Response one(Request request) {
        long id = request.get(JobRoutes.ID);
        JobWatch.Sight sight =
                watch.look(id)
                        .filter(each -> request.who().sees(each.job().queue()))
                        .orElseThrow(() -> JobRoutes.noSuchJob(id));
        Optional<String> lastId = request.find(LAST_ID);
        if (sight.isEnded() && lastId.filter(sight.id()::equals).isPresent()) {
            // tells an EventSource not to come back
            return Response.empty(204);
        }
        return request.isHead()
                ? HEAD
                : stream(request, watch.subscribe(sight, lastId, request.who()));
    }

    private Response stream(Request request, Optional<Subscription> subscribed) {
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
                        var stay = sessions.stay(request.incoming(), client::end);
                        try {
                            client.writeTo(out);
                        } finally {
                            stay.close();
                        }
                    }
                });
    }
}
