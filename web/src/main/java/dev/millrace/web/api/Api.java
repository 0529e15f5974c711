package dev.millrace.web.api;

import dev.millrace.Millrace;
import dev.millrace.web.access.AccessRules;
import dev.millrace.web.access.Sessions;
import dev.millrace.web.event.Feed;
import dev.millrace.web.event.JobWatch;
import dev.millrace.web.http.Meters;
import dev.millrace.web.http.Route;

import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;

/** Every route there is. */
public final class Api {
    /** Under what the API lives. */
    static final String V1 = "/api/v1";

    private Api() {}

    /**
     * What routes work with.
     *
     * @param millrace where jobs go and are looked at
     * @param clock the moment of looking
     * @param feed of everything
     * @param watch of single jobs
     * @param meters of the requests themselves
     * @param access who may do what
     */
    public record Parts(
            Millrace millrace,
            Clock clock,
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
        var recent =
                new Recent(
                        parts.millrace().store(), parts.clock(), parts.access().rules().hiding());
        return OpenApiRoute.with(
                Stream.of(
                                new EnqueueRoute(parts.millrace(), recent, parts.clock()).routes(),
                                new JobRoutes(parts.millrace(), recent, parts.clock()).routes(),
                                new BulkRoute(parts.millrace()).routes(),
                                new JobActRoutes(parts.millrace(), recent, parts.clock()).routes(),
                                new CopyRoute(parts.millrace(), recent, parts.clock()).routes(),
                                new ManyRoutes(parts.millrace(), recent.hiding()).routes(),
                                new QueueRoutes(parts.millrace(), parts.clock()).routes(),
                                new BatchRoutes(parts.millrace()).routes(),
                                new PipelineRoutes(parts.millrace(), parts.clock(), recent.hiding())
                                        .routes(),
                                new LookRoutes(parts.millrace(), parts.clock(), recent.hiding())
                                        .routes(),
                                new SeriesRoute(parts.millrace().store(), parts.clock()).routes(),
                                new ScheduleRoutes(parts.millrace(), parts.clock(), recent.hiding())
                                        .routes(),
                                new ScaleRoutes(parts.millrace()).routes(),
                                new WorkRoutes(parts.millrace(), parts.clock()).routes(),
                                new EventRoutes(
                                                parts.millrace().store(),
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
                                                parts.meters(),
                                                parts.clock())
                                        .routes())
                        .flatMap(List::stream)
                        .toList());
    }
}
