package dev.millrace.web.api;

import dev.millrace.Millrace;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueLimits;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Type;
import dev.millrace.web.job.Held;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.QueueChange;
import dev.millrace.web.job.QueueLimitsView;
import dev.millrace.web.job.QueueView;
import dev.millrace.web.text.JsonLine;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.function.UnaryOperator;

/** Pausing, resuming and limiting queues, in the whole cluster. */
final class QueueRoutes {
    private static final int MAX_BODY_BYTES = 4 << 10;
    private static final Parameter<String> QUEUE =
            Parameter.path("queue", Type.name(), "The queue's name.");

    private static final Need MAY_CHANGE = Need.ofQueue(Role.OPERATOR, QUEUE);

    private final Millrace millrace;
    private final Clock clock;

    QueueRoutes(Millrace millrace, Clock clock) {
        this.millrace = millrace;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                MAY_CHANGE,
                                Method.POST,
                                Api.V1 + "/queues/{queue}/pause",
                                "pauseQueue",
                                "Have nothing of a queue claimed; what runs goes on.",
                                request ->
                                        changed(
                                                request,
                                                QueueControl.Change.paused(true),
                                                UnaryOperator.identity()))
                        .takes(QUEUE)
                        .answers(200, QueueView.QUEUE, "The queue, paused."),
                Route.of(
                                MAY_CHANGE,
                                Method.POST,
                                Api.V1 + "/queues/{queue}/resume",
                                "resumeQueue",
                                "End a pause.",
                                request ->
                                        changed(
                                                request,
                                                QueueControl.Change.paused(false),
                                                UnaryOperator.identity()))
                        .takes(QUEUE)
                        .answers(200, QueueView.QUEUE, "The queue, not paused."),
                Route.of(
                                MAY_CHANGE,
                                Method.PATCH,
                                Api.V1 + "/queues/{queue}",
                                "changeQueue",
                                "Change a queue's limits or pause.",
                                this::change)
                        .takes(QUEUE)
                        .reads(Route.Body.json(MAX_BODY_BYTES, QueueChange.SHAPE))
                        .answers(
                                200,
                                QueueView.QUEUE,
                                "The queue as it is now; heeded within a second."),
                Route.of(
                                Need.ofQueue(Role.VIEWER, QUEUE),
                                Method.GET,
                                Api.V1 + "/queues/{queue}/limits",
                                "showLimits",
                                "Show a queue's limits by key, and which jobs wait for them.",
                                this::look)
                        .takes(QUEUE)
                        .answers(
                                200,
                                QueueLimitsView.LIMITS,
                                "The limits, and at most %d lines of jobs that wait for one."
                                        .formatted(HeldLines.MOST)));
    }

    private Response look(Request request) {
        String queue = request.get(QUEUE);
        var found = HeldLines.of(millrace.store().limits(), queue);
        var keys = found.lines().stream().map(QueueLimitsView.Line::key).toList();
        var held = new Held(millrace.store(), keys, clock.instant());
        return Response.json(
                200,
                QueueLimitsView.json(queue, limits(queue), found.lines(), found.isAtLeast(), held));
    }

    private Response change(Request request) throws IOException {
        String text = request.text();
        var change = JobRoutes.refusing(() -> QueueChange.read(text));
        return changed(request, change, JobRoutes.refusing(() -> QueueChange.limits(text)));
    }

    /**
     * @param limits what changes of limits by key, rates and what is shared
     */
    private Response changed(
            Request request, QueueControl.Change change, UnaryOperator<QueueLimits> limits) {
        String queue = request.get(QUEUE);
        String before = told(queue);
        // first what may be refused: the names and bounds of keys
        var old = limits(queue);
        if (!limits.apply(old).equals(old)) {
            millrace.limits(queue, limits);
        }
        millrace.store().control(queue, change);
        request.tell("queue " + queue, before, told(queue));
        return queue(request);
    }

    private String told(String queue) {
        QueueControl control = millrace.store().control(queue);
        var line =
                new JsonLine().with("paused", control.paused()).with("limit", control.maxRunning());
        return QueueLimitsView.add(line, limits(queue)).toString();
    }

    private QueueLimits limits(String queue) {
        return millrace.store().limits().limits().getOrDefault(queue, QueueLimits.NONE);
    }

    private Response queue(Request request) {
        String name = request.get(QUEUE);
        var view = new JobView(clock.instant(), millrace.store().workers());
        QueueSnapshot found =
                millrace.store().queues().stream()
                        .filter(each -> each.queue().equals(name))
                        .findFirst()
                        .orElseGet(() -> new QueueSnapshot(name, 0, 0, 0, 0, null));
        return Response.json(200, QueueLimitsView.add(QueueView.json(found, view), limits(name)));
    }
}
