package dev.millrace.web.api;

import dev.millrace.Millrace;
import dev.millrace.admin.Scale;
import dev.millrace.web.access.AccessRules;
import dev.millrace.web.access.Sessions;
import dev.millrace.web.event.Feed;
import dev.millrace.web.event.JobWatch;
import dev.millrace.web.http.Meters;
import dev.millrace.web.http.Route;
import dev.millrace.web.look.Changes;
import dev.millrace.web.look.Recent;
import dev.millrace.web.look.Shared;

import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Every route there is. */
public final class Api {
    /** Under what the API lives. */
    static final String V1 = "/api/v1";

    private static final Set<String> LOOKS =
            Set.of(
                    "listJobs",
                    "showJob",
                    "listQueues",
                    "showLimits",
                    "listPipelines",
                    "showPipeline",
                    "listItems",
                    "showItem",
                    "listBatches",
                    "showBatch",
                    "listMembers",
                    "listSchedules",
                    "listKinds",
                    "listErrors",
                    "listWorkers",
                    "listAudit",
                    "scale",
                    "series");

    private Api() {}

    /**
     * What routes work with.
     *
     * @param millrace where jobs go and are looked at
     * @param clock the moment of looking
     * @param recent workers and queues as they were seen a moment ago
     * @param changes who changed something through this server
     * @param feed of everything
     * @param watch of single jobs
     * @param meters of the requests themselves
     * @param access who may do what
     */
    public record Parts(
            Millrace millrace,
            Clock clock,
            Recent recent,
            Changes changes,
            Feed feed,
            JobWatch watch,
            Meters meters,
            Access access) {}

    /**
     * Who may do what.
     *
     * @param open whether nobody has to say who they are
     * @param rules users, tokens, what is hidden
     * @param sessions of those who signed in
     */
    public record Access(boolean open, AccessRules rules, Sessions sessions) {}

    /** The routes, in the order in which a description of the API has them. */
    public static List<Route> routes(Parts parts) {
        Recent recent = parts.recent();
        Changes changes = parts.changes();
        var scale = new Scale(parts.millrace().store(), parts.clock());
        var shared = new Shared(parts.clock(), changes);
        return OpenApiRoute.with(
                Stream.of(
                                new EnqueueRoute(parts.millrace(), recent, parts.clock()).routes(),
                                new JobRoutes(parts.millrace(), recent, parts.clock()).routes(),
                                new BulkRoute(parts.millrace()).routes(),
                                new JobActRoutes(parts.millrace(), recent, parts.clock()).routes(),
                                new CopyRoute(parts.millrace(), recent, parts.clock()).routes(),
                                new ManyRoutes(parts.millrace(), recent.hiding()).routes(),
                                new QueueRoutes(parts.millrace(), parts.clock(), recent).routes(),
                                new BatchRoutes(parts.millrace()).routes(),
                                new PipelineRoutes(parts.millrace(), recent).routes(),
                                new LookRoutes(parts.millrace(), parts.clock(), recent, changes)
                                        .routes(),
                                new SeriesRoute(parts.millrace().store(), recent, parts.clock())
                                        .routes(),
                                new ScheduleRoutes(parts.millrace(), parts.clock(), recent.hiding())
                                        .routes(),
                                new ScaleRoutes(scale, recent, changes).routes(),
                                new WorkRoutes(parts.millrace(), parts.clock()).routes(),
                                new EventRoutes(
                                                parts.feed(),
                                                parts.watch(),
                                                parts.access().sessions())
                                        .routes(),
                                new MeRoutes(parts.access().open()).routes(),
                                new SessionRoutes(
                                                parts.access().sessions(),
                                                parts.access().rules().session())
                                        .routes(),
                                new AuditRoutes(parts.millrace().store().access()).routes(),
                                new HealthRoutes(
                                                parts.millrace(),
                                                recent,
                                                changes,
                                                parts.meters(),
                                                scale)
                                        .routes())
                        .flatMap(List::stream)
                        .map(route -> looking(route, shared, changes))
                        .toList());
    }

    /** What pages ask again and again is looked at once for all of them. */
    private static Route looking(Route route, Shared shared, Changes changes) {
        if (LOOKS.contains(route.operation())) {
            // what is shown of what is hidden is kept in the audit log
            Route.Handler alone = changes.after(route.handler());
            Route.Handler sharing = shared.over(route.handler());
            return route.handledBy(request ->
                    JobRoutes.isOwn(request) ? alone.answer(request) : sharing.answer(request));
        }
        return route.isSafe() ? route : route.handledBy(changes.after(route.handler()));
    }
}
