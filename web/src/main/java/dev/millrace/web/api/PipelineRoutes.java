package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.Millrace;
import dev.millrace.flow.Pipelines;
import dev.millrace.job.JobReport;
import dev.millrace.store.BatchFilter;
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
import dev.millrace.web.job.BatchView;
import dev.millrace.web.job.JobShape;
import dev.millrace.web.job.PipelineView;
import dev.millrace.web.look.Recent;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import java.util.List;

/** Pipelines and their items. They span queues, so a role is needed everywhere. */
final class PipelineRoutes {
    private static final Parameter<String> PIPELINE =
            Parameter.path("pipeline", Type.name(), "The pipeline's name.");
    private static final Parameter<String> KEY =
            Parameter.path("key", Type.name(), "The item's key.");
    private static final Parameter<String> STEP =
            Parameter.path("step", Type.name(), "The step's name.");
    private static final Parameter<String> REASON =
            Parameter.query(
                    "reason",
                    Type.text(200),
                    "Only those whose error's type or message has this; where something of the"
                            + " step's jobs is hidden, only an admin may say it.");

    private static final Schema JOURNEY =
            Schema.object(
                    "Journey",
                    "The way of an item.",
                    must("item", BatchView.BATCH, "How it stands."),
                    must("visits", Schema.list(JobShape.JOB), "Its jobs, as they were accepted."),
                    must("isWhole", Schema.bool(), "Whether it had no further jobs."));

    private static final Schema RETRIED =
            Schema.object(
                    "Retried",
                    "What a retry came to.",
                    must("looked", Schema.count(), "Items set aside that were looked at."),
                    must("retried", Schema.count(), "Those that run again."));

    private static final Schema PREVIEW =
            Schema.object(
                    "RetryPreview",
                    "What a retry would come to.",
                    must("looked", Schema.count(), "Items set aside that were looked at."),
                    must("matching", Schema.count(), "Those of them that would run again."),
                    must("isAtLeast", Schema.bool(), "Whether more were not looked at."),
                    must("examples", Schema.list(Schema.count()), "The newest of their jobs."));

    private final Millrace millrace;
    private final Recent recent;

    PipelineRoutes(Millrace millrace, Recent recent) {
        this.millrace = millrace;
        this.recent = recent;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.everywhere(Role.VIEWER),
                                Method.GET,
                                Api.V1 + "/pipelines",
                                "listPipelines",
                                "List pipelines with their steps.",
                                request ->
                                        Response.json(
                                                200,
                                                new JsonLine()
                                                        .with(
                                                                "items",
                                                                millrace.pipelines().look().stream()
                                                                        .map(PipelineView::json)
                                                                        .toList())))
                        .answers(
                                200,
                                Schema.items(
                                        "Pipelines", "Pipelines by name.", PipelineView.PIPELINE),
                                "All that a process of this store ever ran."),
                Route.of(
                                Need.everywhere(Role.VIEWER),
                                Method.GET,
                                Api.V1 + "/pipelines/{pipeline}",
                                "showPipeline",
                                "Show a pipeline with its steps.",
                                request -> Response.json(200, PipelineView.json(find(request))))
                        .takes(PIPELINE)
                        .answers(200, PipelineView.PIPELINE, "The pipeline.")
                        .refuses(404, "no-such-pipeline", "There is none."),
                Route.of(
                                Need.everywhere(Role.VIEWER),
                                Method.GET,
                                Api.V1 + "/pipelines/{pipeline}/items",
                                "listItems",
                                "List a pipeline's items, newest first.",
                                request ->
                                        BatchRoutes.page(
                                                millrace.store().batches(),
                                                new BatchFilter(
                                                        true,
                                                        find(request).name(),
                                                        request.find(BatchRoutes.STATE)
                                                                .orElse(null)),
                                                request))
                        .takes(PIPELINE, BatchRoutes.STATE, BatchRoutes.LIMIT, BatchRoutes.AFTER)
                        .answers(200, BatchRoutes.page("Items"), "A page.")
                        .refuses(404, "no-such-pipeline", "There is none."),
                Route.of(
                                Need.everywhere(Role.VIEWER),
                                Method.GET,
                                Api.V1 + "/pipelines/{pipeline}/items/{key}",
                                "showItem",
                                "Show the newest item with a key, and its way so far.",
                                this::journey)
                        .takes(PIPELINE, KEY)
                        .answers(200, JOURNEY, "Its way.")
                        .refuses(404, "no-such-item", "There is none."),
                Route.of(
                                Need.everywhere(Role.OPERATOR),
                                Method.GET,
                                Api.V1 + "/pipelines/{pipeline}/steps/{step}/failed",
                                "previewRetryStep",
                                "Show what a retry of a step's failures would come to.",
                                this::preview)
                        .takes(PIPELINE, STEP, REASON)
                        .pace(Route.Pace.BULK)
                        .answers(
                                200,
                                PREVIEW,
                                "Counted among the %,d that failed last."
                                        .formatted(Pipelines.MOST_PREVIEWED))
                        .refuses(404, "no-such-pipeline", "There is no such pipeline or step."),
                Route.of(
                                Need.everywhere(Role.OPERATOR),
                                Method.POST,
                                Api.V1 + "/pipelines/{pipeline}/steps/{step}/retry",
                                "retryStep",
                                "Have every item go on that was set aside at a step.",
                                this::retry)
                        .takes(PIPELINE, STEP, REASON)
                        .pace(Route.Pace.BULK)
                        .answers(200, RETRIED, "What came of it.")
                        .refuses(404, "no-such-pipeline", "There is no such pipeline or step."));
    }

    private Pipelines.Look find(Request request) {
        String name = request.get(PIPELINE);
        return millrace.pipelines().look().stream()
                .filter(look -> look.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new Refused(
                                Problem.of(
                                        404,
                                        "no-such-pipeline",
                                        "there is no pipeline '%s': no process of this store has run it"
                                                .formatted(name))));
    }

    private Response journey(Request request) {
        String pipeline = request.get(PIPELINE);
        String key = request.get(KEY);
        Pipelines.Journey journey =
                millrace.pipelines()
                        .journey(pipeline, key)
                        .orElseThrow(() ->
                                new Refused(
                                        Problem.of(
                                                404,
                                                "no-such-item",
                                                "pipeline '%s' has no item '%s'"
                                                        .formatted(pipeline, key))));
        var visits = journey.visits();
        var view = recent.view(visits).knowing(millrace.store(), visits);
        return Response.json(
                200,
                new JsonLine()
                        .with("item", BatchView.json(journey.item()))
                        .with(
                                "visits",
                                visits.stream().map(job -> view.json(job, JobReport.NONE)).toList())
                        .with("isWhole", journey.isWhole()));
    }

    private Response preview(Request request) {
        Pipelines.Preview seen =
                millrace.pipelines()
                        .preview(
                                request.get(PIPELINE),
                                step(request),
                                request.find(REASON).orElse(null));
        return Response.json(
                200,
                new JsonLine()
                        .with("looked", seen.looked())
                        .with("matching", seen.matching())
                        .with("isAtLeast", seen.isAtLeast())
                        .with("examples", seen.examples()));
    }

    private Response retry(Request request) {
        String pipeline = request.get(PIPELINE);
        String step = step(request);
        String reason = request.find(REASON).orElse(null);
        String target = "pipeline %s, step %s".formatted(pipeline, step);
        var begun = new JsonLine().withKnown("reason", reason).with("cutOff", true);
        // page by page: what was done before the store failed is done
        request.did(target, null, begun.toString());
        Pipelines.Retried done = millrace.pipelines().retry(pipeline, step, reason);
        var what = new JsonLine().withKnown("reason", reason).with("retried", done.retried());
        request.did(target, null, what.toString());
        return Response.json(
                200, new JsonLine().with("looked", done.looked()).with("retried", done.retried()));
    }

    /** A step that the pipeline has, and whose failures may be told apart as is asked. */
    private String step(Request request) {
        Pipelines.Look look = find(request);
        String step = request.get(STEP);
        String kind =
                look.steps().stream()
                        .filter(each -> each.step().name().equals(step))
                        .map(each -> each.step().kind())
                        .findFirst()
                        .orElseThrow(() ->
                                new Refused(
                                        Problem.of(
                                                404,
                                                "no-such-pipeline",
                                                "pipeline '%s' has no step '%s'"
                                                        .formatted(look.name(), step))));
        if (request.find(REASON).isPresent()) {
            Reach.requireReason(recent.hiding(), request.who(), kind);
        }
        return step;
    }
}
