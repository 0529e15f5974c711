package dev.millrace.web.api;

import dev.millrace.Millrace;
import dev.millrace.admin.BulkAction;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Type;
import dev.millrace.web.job.ManyBody;
import dev.millrace.web.text.JsonLine;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Cancel, retry or delete many jobs: previewed, then done in the background by this process, which
 * tells how far it is. Actions are known to the process that does them, the newest 100; they end
 * with it, and what they did stays done.
 */
final class ManyRoutes {
    private static final int MAX_BODY_BYTES = 16 << 10;
    private static final int COUNTED = 10_000;
    private static final int MOST_KEPT = 100;
    private static final int MOST_RUNNING = 4;
    private static final Parameter<Long> ACTION =
            Parameter.path("action", Type.id(), "The action's number.");

    private final Millrace millrace;
    private final Map<Long, BulkAction> actions = new LinkedHashMap<>();
    private long last;

    ManyRoutes(Millrace millrace) {
        this.millrace = millrace;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.POST,
                                Api.V1 + "/jobs/actions",
                                "Cancel, retry or delete every job that matches.",
                                this::act)
                        .reads(
                                new Route.Body(
                                        List.of("application/json"), MAX_BODY_BYTES, "ManyJobs"))
                        .pace(Route.Pace.LONG)
                        .answers(200, "Preview", "With dryRun: how many match, and a few of them.")
                        .answers(202, "Action", "Begun; Location tells how far it is."),
                Route.of(
                                Method.GET,
                                Api.V1 + "/jobs/actions/{action}",
                                "Tell how far an action is.",
                                request -> Response.json(200, json(request.get(ACTION))))
                        .takes(ACTION)
                        .answers(200, "Action", "How far it is."),
                Route.of(
                                Method.DELETE,
                                Api.V1 + "/jobs/actions/{action}",
                                "Stop an action after its step under way; what it did stays done.",
                                this::stop)
                        .takes(ACTION)
                        .answers(200, "Action", "How far it is."));
    }

    private Response act(Request request) throws IOException {
        ManyBody body = JobRoutes.refusing(() -> ManyBody.read(request.text()));
        BulkAction action = millrace.bulk(body.action(), body.filter(), body.reason());
        if (body.dryRun()) {
            BulkAction.Preview preview = action.preview(COUNTED);
            return Response.json(
                    200,
                    new JsonLine()
                            .with("action", body.action().text())
                            .with("matching", preview.matching())
                            .with("isAtLeast", preview.isAtLeast())
                            .with("examples", preview.examples()));
        }
        long number = add(action);
        action.start();
        return Response.json(202, json(number))
                .with("Location", Api.V1 + "/jobs/actions/" + number);
    }

    private Response stop(Request request) {
        long number = request.get(ACTION);
        find(number).cancel();
        return Response.json(200, json(number));
    }

    private JsonLine json(long number) {
        BulkAction action = find(number);
        BulkAction.Progress progress = action.progress();
        return new JsonLine()
                .with("id", number)
                .with("action", action.kind().text())
                .with("phase", progress.phase().name().toLowerCase(Locale.ROOT))
                .with("looked", progress.looked())
                .with("done", progress.done())
                .withKnown("failure", progress.failure());
    }

    private synchronized long add(BulkAction action) {
        long running = actions.values().stream().filter(ManyRoutes::isRunning).count();
        if (running >= MOST_RUNNING) {
            throw new Refused(
                    Problem.of(
                                    429,
                                    "too-many-actions",
                                    "at most %d actions on many jobs run at once; ask again when one"
                                                    .formatted(MOST_RUNNING)
                                            + " has ended")
                            .expectedGot("fewer than " + MOST_RUNNING, Long.toString(running)));
        }
        var oldest = actions.entrySet().iterator();
        while (actions.size() >= MOST_KEPT && oldest.hasNext()) {
            if (!isRunning(oldest.next().getValue())) {
                oldest.remove();
            }
        }
        actions.put(++last, action);
        return last;
    }

    private synchronized BulkAction find(long number) {
        BulkAction action = actions.get(number);
        if (action == null) {
            throw new Refused(
                    Problem.of(
                            404,
                            "no-such-action",
                            "there is no action %d: actions are known to the process that does them,"
                                            .formatted(number)
                                    + " the newest "
                                    + MOST_KEPT));
        }
        return action;
    }

    private static boolean isRunning(BulkAction action) {
        return switch (action.progress().phase()) {
            case WAITING, RUNNING -> true;
            case DONE, CANCELLED, FAILED -> false;
        };
    }
}
