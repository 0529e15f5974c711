package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.Millrace;
import dev.millrace.schedule.ScheduleSnapshot;
import dev.millrace.schedule.Schedules;
import dev.millrace.schedule.Triggered;
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
import dev.millrace.web.job.ScheduleBody;
import dev.millrace.web.job.ScheduleView;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Schedules: made, looked at, paused, triggered, removed; and who leads. */
final class ScheduleRoutes {
    /** A payload of 64 KiB, escaped, and the rest. */
    private static final int MAX_BODY_BYTES = 512 << 10;

    private static final int PREVIEWED = 10;
    private static final int RUNS = 20;

    /** Payloads end a page early, so that an answer stays of a bearable size. */
    private static final int PAGE_CHARS = 1 << 20;

    private static final int PAGE_BYTES = 4 * PAGE_CHARS;
    private static final int STEP = 20;

    /** Of those who see few of the queues: until something is found that they may see. */
    private static final int FAR_STEP = 100;

    private static final int MOST_LOOKED = 10_000;

    private static final Parameter<String> NAME =
            Parameter.path("name", Type.name(), "The schedule's name.");
    private static final Parameter<String> PREFIX =
            Parameter.query("prefix", Type.text(200), "Only names that begin so.");
    private static final Parameter<Integer> LIMIT =
            Parameter.query("limit", Type.whole(1, 1000), 100, "At most so many.");
    private static final Parameter<String> AFTER =
            Parameter.query("after", Type.text(200), "The next of the page before.");

    private static final Route.Refusal NO_SUCH_SCHEDULE =
            new Route.Refusal(
                    404, "no-such-schedule", "There is no such schedule, or none to be seen.");

    private static final Schema PAGE =
            Schema.items(
                    "SchedulePage",
                    "A page of schedules by name; it may hold fewer than asked for.",
                    ScheduleView.SCHEDULE,
                    must("next", Schema.text().orNull(), "For the next page's after."));

    private static final Schema TRIGGERED =
            Schema.object(
                    "Triggered",
                    "What came of a trigger.",
                    must(
                            "outcome",
                            Schema.oneOf("enqueued", "queued"),
                            "Queued: a job is enqueued when the one before has ended."),
                    must(
                            "job",
                            Schema.count().orNull(),
                            "The job that was enqueued, or the one that is waited for."));

    private static final Schema LEASE =
            Schema.object(
                    "Lease",
                    "Who leads something.",
                    must("name", Schema.text(), "What; 'millrace' for upkeep and schedules."),
                    must("holder", Schema.text().orNull(), "Who; null when nobody does."),
                    must("epoch", Schema.count(), "How often it was taken."),
                    must("since", Schema.moment(), "By the holder's clock."));

    private final Millrace millrace;
    private final Clock clock;
    private final Hiding hiding;

    ScheduleRoutes(Millrace millrace, Clock clock, Hiding hiding) {
        this.hiding = hiding;
        this.millrace = millrace;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/schedules",
                                "listSchedules",
                                "List schedules.",
                                this::list)
                        .takes(PREFIX, LIMIT, AFTER)
                        .answers(200, PAGE, "Those of queues that may be seen."),
                Route.of(
                                Need.operator(),
                                Method.POST,
                                Api.V1 + "/schedules",
                                "addSchedule",
                                "Make a schedule, or change one that was added before.",
                                this::add)
                        .reads(Route.Body.json(MAX_BODY_BYTES, ScheduleBody.SHAPE))
                        .answers(201, ScheduleView.DETAIL, "The schedule.")
                        .refuses(409, "name-taken", "One that may not be seen has this name."),
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/schedules/{name}",
                                "getSchedule",
                                "Look at a schedule, its next ticks and its last.",
                                request -> Response.json(200, detail(find(request))))
                        .takes(NAME)
                        .answers(200, ScheduleView.DETAIL, "The schedule.")
                        .refuses(NO_SUCH_SCHEDULE),
                act("pause", "pauseSchedule", "Have a schedule not tick.", Schedules::pause),
                act("resume", "resumeSchedule", "End a pause.", Schedules::resume),
                Route.of(
                                Need.operator(),
                                Method.POST,
                                Api.V1 + "/schedules/{name}/trigger",
                                "triggerSchedule",
                                "Run a schedule's job now, besides its ticks.",
                                this::trigger)
                        .takes(NAME)
                        .answers(200, TRIGGERED, "What came of it.")
                        .refuses(NO_SUCH_SCHEDULE)
                        .refuses(
                                409,
                                "still-running",
                                "The job before has not ended, and they may not overlap."),
                Route.of(
                                Need.operator(),
                                Method.DELETE,
                                Api.V1 + "/schedules/{name}",
                                "removeSchedule",
                                "Remove a schedule; its jobs stay.",
                                this::remove)
                        .takes(NAME)
                        .answers(
                                Route.Answer.empty(
                                        204,
                                        "Gone. One that code declares comes back with the next"
                                                + " process that declares it."))
                        .refuses(NO_SUCH_SCHEDULE),
                Route.of(
                                Need.everywhere(Role.VIEWER),
                                Method.GET,
                                Api.V1 + "/leaders",
                                "listLeaders",
                                "List who leads what.",
                                this::leaders)
                        .answers(
                                200,
                                Schema.items("Leaders", "Leases by name.", LEASE),
                                "Everything that was ever led."));
    }

    private Route act(String what, String operation, String summary, Changing change) {
        return Route.of(
                        Need.operator(),
                        Method.POST,
                        Api.V1 + "/schedules/{name}/" + what,
                        operation,
                        summary,
                        request -> {
                            ScheduleSnapshot before = allowed(request);
                            ScheduleSnapshot after =
                                    change.on(millrace.schedules(), before.name())
                                            .orElseThrow(() -> none(request));
                            request.did(target(before), paused(before), paused(after));
                            return Response.json(200, detail(after));
                        })
                .takes(NAME)
                .answers(200, ScheduleView.DETAIL, "The schedule as it is now.")
                .refuses(NO_SUCH_SCHEDULE);
    }

    /** A change of one schedule. */
    private interface Changing {
        Optional<ScheduleSnapshot> on(Schedules schedules, String name);
    }

    private Response list(Request request) throws InterruptedException {
        request.load(PAGE_BYTES);
        Who who = request.who();
        String prefix = request.find(PREFIX).orElse("");
        int limit = request.get(LIMIT);
        @Nullable String cursor = request.find(AFTER).orElse(null);
        @Nullable String next = null;
        var items = new ArrayList<JsonLine>();
        long chars = 0;
        int looked = 0;
        boolean more = true;
        while (more
                && items.size() < limit
                && chars < PAGE_CHARS
                && looked < (items.isEmpty() ? MOST_LOOKED : limit)) {
            int most = looked < limit ? Math.min(STEP, limit) : FAR_STEP;
            var page = millrace.schedules().list(prefix, cursor, most);
            more = page.size() == most;
            for (ScheduleSnapshot each : page) {
                if (items.size() == limit) {
                    more = true;
                    break;
                }
                looked++;
                cursor = each.name();
                if (who.sees(each.row().terms().queue())) {
                    chars += each.row().terms().definition().length();
                    items.add(ScheduleView.json(each, hiding));
                    next = cursor;
                }
            }
        }
        // not the name of one that they may not see, unless nothing else tells where to go on
        return Response.json(
                200,
                new JsonLine()
                        .with("items", items)
                        .with("next", !more ? null : next == null ? cursor : next));
    }

    private Response add(Request request) throws IOException {
        var wanted = JobRoutes.refusing(() -> ScheduleBody.read(request.text()));
        request.who().require(Role.OPERATOR, wanted.request().queue());
        Optional<ScheduleSnapshot> before = millrace.schedules().find(wanted.name());
        before.ifPresent(there -> requireThere(request.who(), there.row().terms().queue()));
        ScheduleSnapshot after = millrace.schedules().add(wanted);
        request.did(target(after), before.map(this::told).orElse(null), told(after));
        return Response.json(201, detail(after));
    }

    private static void requireThere(Who who, String queue) {
        if (!who.sees(queue)) {
            throw new Refused(
                    Problem.of(
                            409,
                            "name-taken",
                            "a schedule that you may not see has this name; nothing was done"));
        }
        who.require(Role.OPERATOR, queue);
    }

    private Response trigger(Request request) {
        ScheduleSnapshot schedule = allowed(request);
        Triggered triggered =
                millrace.schedules().trigger(schedule.name()).orElseThrow(() -> none(request));
        request.tell(
                target(schedule),
                null,
                new JsonLine()
                        .with("queue", schedule.row().terms().queue())
                        .with("job", triggered.jobId())
                        .toString());
        return switch (triggered.outcome()) {
            case ENQUEUED -> triggered("enqueued", triggered);
            case QUEUED -> triggered("queued", triggered);
            case STILL_RUNNING ->
                    throw new Refused(
                            Problem.of(
                                    409,
                                    "still-running",
                                    "schedule '%s' was not triggered: its job %d has not ended, and"
                                                    .formatted(request.get(NAME), triggered.jobId())
                                            + " its jobs may not overlap"));
        };
    }

    private static Response triggered(String outcome, Triggered triggered) {
        return Response.json(
                200, new JsonLine().with("outcome", outcome).with("job", triggered.jobId()));
    }

    private Response remove(Request request) {
        ScheduleSnapshot before = allowed(request);
        if (!millrace.schedules().remove(before.name())) {
            throw none(request);
        }
        request.tell(target(before), told(before), null);
        return Response.empty(204);
    }

    private Response leaders(Request request) {
        return Response.json(
                200,
                new JsonLine()
                        .with(
                                "items",
                                millrace.store().leases().all().stream()
                                        .map(each ->
                                                new JsonLine()
                                                        .with("name", each.name())
                                                        .with(
                                                                "holder",
                                                                each.isFree()
                                                                        ? null
                                                                        : each.holder())
                                                        .with("epoch", each.epoch())
                                                        .with("since", each.since()))
                                        .toList()));
    }

    /** A schedule that they may see. */
    private ScheduleSnapshot find(Request request) {
        return millrace.schedules()
                .find(request.get(NAME))
                .filter(each -> request.who().sees(each.row().terms().queue()))
                .orElseThrow(() -> none(request));
    }

    private ScheduleSnapshot allowed(Request request) {
        ScheduleSnapshot schedule = find(request);
        request.who().require(Role.OPERATOR, schedule.row().terms().queue());
        return schedule;
    }

    private static String target(ScheduleSnapshot schedule) {
        return "schedule " + schedule.name();
    }

    private static String paused(ScheduleSnapshot schedule) {
        return new JsonLine().with("paused", schedule.row().state().paused()).toString();
    }

    private String told(ScheduleSnapshot schedule) {
        return ScheduleView.brief(schedule, hiding).toString();
    }

    private JsonLine detail(ScheduleSnapshot schedule) {
        return ScheduleView.json(
                schedule,
                schedule.preview(PREVIEWED, clock.instant()),
                millrace.schedules().ticks(schedule, null, RUNS),
                hiding);
    }

    private static Refused none(Request request) {
        return new Refused(
                Problem.of(
                        404,
                        "no-such-schedule",
                        "there is no schedule '%s': never made, or removed"
                                .formatted(request.get(NAME))));
    }
}
