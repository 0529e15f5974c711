package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.Millrace;
import dev.millrace.admin.BulkAction;
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
import dev.millrace.web.http.Who;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.job.ManyBody;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
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
    private static final int MOST_KEPT = 100;
    private static final Duration COME_BACK = Duration.ofSeconds(5);
    private static final int MOST_RUNNING = 4;
    private static final int BRIEF = 200;
    private static final Parameter<Long> ACTION =
            Parameter.path("action", Type.id(), "The action's number.");

    private static final Route.Refusal NO_SUCH_ACTION =
            new Route.Refusal(
                    404, "no-such-action", "This process knows none, or none that may be seen.");
    private static final Schema KIND =
            Schema.oneOf(
                    Arrays.stream(BulkAction.Kind.values()).map(BulkAction.Kind::text).toList());
    private static final Schema PREVIEW =
            Schema.object(
                    "ActionPreview",
                    "What an action would be about.",
                    must("action", KIND, "What would be done."),
                    must("matching", Schema.count(), "How many jobs match now."),
                    must(
                            "isAtLeast",
                            Schema.bool(),
                            "Whether counting stopped before everything was looked at."),
                    must("examples", Schema.list(Schema.count()), "The ids of the first few."),
                    must("looked", Schema.count(), "About how many jobs were looked at."));
    private static final Schema PROGRESS =
            Schema.object(
                    "Action",
                    "An action on many jobs.",
                    must("id", Schema.count(), "Its number in this process."),
                    must("action", KIND, "What is done."),
                    must(
                            "phase",
                            Schema.oneOf("waiting", "running", "done", "cancelled", "failed"),
                            "Whether it goes on."),
                    must("looked", Schema.count(), "Jobs that matched so far."),
                    must("done", Schema.count(), "Jobs acted on; others had moved on meanwhile."),
                    may("failure", Schema.text(), "Why it failed."));

    private final Millrace millrace;
    private final Hiding hiding;
    private final Map<Long, Begun> actions = new LinkedHashMap<>();
    private final Previews previews = new Previews();
    private long last;

    /**
     * An action.
     *
     * @param caller who began it; empty where nobody says who they are
     */
    private record Begun(String caller, BulkAction action) {
        boolean isRunning() {
            return switch (action.progress().phase()) {
                case WAITING, RUNNING -> true;
                case DONE, CANCELLED, FAILED -> false;
            };
        }
    }

    ManyRoutes(Millrace millrace, Hiding hiding) {
        this.hiding = hiding;
        this.millrace = millrace;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.operator(),
                                Method.POST,
                                Api.V1 + "/jobs/actions",
                                "startAction",
                                "Cancel, retry or delete every job that matches.",
                                this::act)
                        .reads(Route.Body.json(MAX_BODY_BYTES, ManyBody.SHAPE))
                        .pace(Route.Pace.BULK)
                        .answers(
                                200,
                                PREVIEW,
                                "With dryRun: how many match, and a few of them; looks at 100,000"
                                        + " jobs and for 5 s at most.")
                        .answers(202, PROGRESS, "Begun; Location tells how far it is.")
                        .refuses(429, "too-many-actions", "As many as may run at once do."),
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/jobs/actions/{action}",
                                "showAction",
                                "Tell how far an action is.",
                                request -> {
                                    find(request, Role.VIEWER);
                                    return Response.json(200, json(request.get(ACTION)));
                                })
                        .takes(ACTION)
                        .answers(200, PROGRESS, "How far it is.")
                        .refuses(NO_SUCH_ACTION),
                Route.of(
                                Need.operator(),
                                Method.DELETE,
                                Api.V1 + "/jobs/actions/{action}",
                                "stopAction",
                                "Stop an action after its step under way; what it did stays done.",
                                this::stop)
                        .takes(ACTION)
                        .answers(200, PROGRESS, "How far it is.")
                        .refuses(NO_SUCH_ACTION));
    }

    private Response act(Request request) throws IOException, InterruptedException {
        ManyBody body = JobRoutes.refusing(() -> ManyBody.read(request.text()));
        requireQueue(request.who(), body.filter().queue());
        Reach.requireSearch(hiding, request.who(), body.filter());
        BulkAction action = millrace.bulk(body.action(), body.filter(), body.reason());
        if (body.dryRun()) {
            request.traced(false);
            BulkAction.Preview preview = previews.look(request.who(), action);
            return Response.json(
                    200,
                    new JsonLine()
                            .with("action", body.action().text())
                            .with("matching", preview.matching())
                            .with("isAtLeast", preview.isAtLeast())
                            .with("examples", preview.examples())
                            .with("looked", preview.looked()));
        }
        long number = add(new Begun(Previews.caller(request.who()), action));
        action.start();
        request.tell("action " + number, null, told(body));
        return Response.json(202, json(number))
                .with("Location", Api.V1 + "/jobs/actions/" + number);
    }

    /** Everything by which jobs were chosen, and why; of each what the audit log has room for. */
    private static String told(ManyBody body) {
        var filter = body.filter();
        var state = filter.state();
        return new JsonLine()
                .with("action", body.action().text())
                .with(
                        "filter",
                        new JsonLine()
                                .withKnown("state", state == null ? null : state.text())
                                .withKnown("queue", brief(filter.queue()))
                                .withKnown("kind", brief(filter.kind()))
                                .withKnown("tag", brief(filter.tag()))
                                .withKnown("q", body.q().isEmpty() ? null : plain(body.q())))
                .with("reason", brief(body.reason()))
                .toString();
    }

    private static @Nullable String brief(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return plain(text.length() <= BRIEF ? text : text.substring(0, BRIEF) + "…");
    }

    /** So that no text takes more room than two characters for each of its own. */
    private static String plain(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    /** Whoever may not act on every queue has to name one. */
    private static void requireQueue(Who who, @Nullable String queue) {
        if (queue != null) {
            who.require(Role.OPERATOR, queue);
        } else if (!who.mayEverywhere(Role.OPERATOR)) {
            throw new Refused(
                    Problem.of(
                                    403,
                                    "forbidden",
                                    "whoever has no role on every queue must name one in"
                                            + " filter.queue; nothing was done")
                            .expectedGot("filter.queue", "none"));
        }
    }

    private Response stop(Request request) {
        long number = request.get(ACTION);
        find(request, Role.OPERATOR).cancel();
        request.tell("action " + number, null, json(number).toString());
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

    private synchronized long add(Begun action) {
        List<Begun> all = actions.values().stream().filter(Begun::isRunning).toList();
        long running = all.size();
        long own =
                action.caller().isEmpty()
                        ? 0
                        : all.stream().filter(it -> it.caller().equals(action.caller())).count();
        // nobody has more than they leave to others
        if (own + 1 > MOST_RUNNING - running) {
            throw new Refused(
                    Problem.of(
                                    429,
                                    "too-many-actions",
                                    "at most %d actions on many jobs run at once, of one caller half"
                                                    .formatted(MOST_RUNNING)
                                            + " of them; ask again when one has ended")
                            .expectedGot("fewer than " + MOST_RUNNING, Long.toString(running))
                            .retryAfter(COME_BACK));
        }
        var oldest = actions.entrySet().iterator();
        while (actions.size() >= MOST_KEPT && oldest.hasNext()) {
            if (!oldest.next().getValue().isRunning()) {
                oldest.remove();
            }
        }
        actions.put(++last, action);
        return last;
    }

    private BulkAction find(Request request, Role role) {
        long number = request.get(ACTION);
        BulkAction action = find(number);
        String queue = action.filter().queue();
        Who who = request.who();
        if (queue == null ? !who.seesEverything() : !who.sees(queue)) {
            throw noSuchAction(number);
        }
        if (queue != null) {
            who.require(role, queue);
        } else if (!who.mayEverywhere(role)) {
            requireQueue(who, null);
        }
        return action;
    }

    private synchronized BulkAction find(long number) {
        Begun begun = actions.get(number);
        if (begun == null) {
            throw noSuchAction(number);
        }
        return begun.action();
    }

    private static Refused noSuchAction(long number) {
        return new Refused(
                Problem.of(
                        404,
                        "no-such-action",
                        "there is no action %d: actions are known to the process that does them,"
                                        .formatted(number)
                                + " the newest "
                                + MOST_KEPT));
    }
}
