package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.admin.QueueScale;
import dev.millrace.admin.Scale;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Type;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.ScaleView;
import dev.millrace.web.look.Changes;
import dev.millrace.web.look.Recent;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/** How many workers are wanted. */
final class ScaleRoutes {
    private static final Parameter<Duration> TARGET =
            Parameter.query(
                    "targetWait",
                    Type.duration(Scale.LEAST, Scale.MOST),
                    Scale.TARGET,
                    "How long jobs may wait for a worker.");
    private static final Parameter<String> QUEUE =
            Parameter.query(
                    "queue", Type.name(), "Only this queue, also where it has had no job yet.");

    private static final Schema SHAPE =
            Schema.items(
                    "Scale",
                    "How many workers are wanted.",
                    ScaleView.QUEUE_SCALE,
                    must("targetWait", Schema.duration(), "How long jobs may wait."));

    private final Scale scale;
    private final Recent recent;
    private final Changes changes;

    /** Looks at queues as they were seen a moment ago. */
    ScaleRoutes(Scale scale, Recent recent, Changes changes) {
        this.scale = scale;
        this.recent = recent;
        this.changes = changes;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/scale",
                                "scale",
                                "How many workers each queue wants.",
                                this::scale)
                        .takes(TARGET, QUEUE)
                        .answers(
                                200,
                                SHAPE,
                                "Queues by name, with rates of the last minutes in all"
                                        + " processes."));
    }

    private Response scale(Request request) {
        Duration target = request.get(TARGET);
        @Nullable String queue = request.find(QUEUE).orElse(null);
        Who who = request.who();
        if (queue != null) {
            who.require(Role.VIEWER, queue);
        }
        List<QueueScale> all =
                scale.look(target, recent.seen(changes.last(request)).queues()).stream()
                        .filter(each -> who.sees(each.queue()))
                        .toList();
        List<QueueScale> items =
                queue == null
                        ? all
                        : List.of(
                                all.stream()
                                        .filter(each -> each.queue().equals(queue))
                                        .findFirst()
                                        .orElseGet(() -> QueueScale.none(queue)));
        return Response.json(
                200,
                new JsonLine()
                        .with("targetWait", Durations.exact(target))
                        .with("items", items.stream().map(ScaleView::json).toList()));
    }
}
