package dev.millrace.web.api;

import dev.millrace.Millrace;
import dev.millrace.job.JobSnapshot;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueLimits;
import dev.millrace.store.QueueSnapshot;
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
import dev.millrace.web.job.Held;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.QueueChange;
import dev.millrace.web.job.QueueLimitsView;
import dev.millrace.web.job.QueueView;
import dev.millrace.web.look.Recent;
import dev.millrace.web.text.JsonLine;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Pausing, resuming and limiting queues, in the whole cluster. */
final class QueueRoutes {
    private static final int MAX_BODY_BYTES = 4 << 10;
    private static final Parameter<String> QUEUE =
            Parameter.path("queue", Type.name(), "The queue's name.");

    private static final Need MAY_CHANGE = Need.ofQueue(Role.OPERATOR, QUEUE);

    private final Millrace millrace;
    private final Clock clock;
    private final Recent recent;

    QueueRoutes(Millrace millrace, Clock clock, Recent recent) {
        this.millrace = millrace;
        this.clock = clock;
        this.recent = recent;
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
        QueueLimits limits = limits(queue);
        var found = HeldLines.of(millrace.store().limits(), queue, limits.sharedNames());
        var keys = found.lines().stream().map(QueueLimitsView.Line::key).toList();
        var held = new Held(millrace.store(), keys, clock.instant());
        return Response.json(
                200,
                QueueLimitsView.json(
                        queue,
                        limits,
                        found.lines(),
                        found.isAtLeast(),
                        held,
                        hidden(found.lines())));
    }

    /** A key's value may be one that is hidden of its jobs. Cost: a round trip where any is. */
    private Function<QueueLimitsView.Line, Hiding.Of> hidden(List<QueueLimitsView.Line> lines) {
        Hiding hiding = recent.hiding();
        if (hiding.isNothing()) {
            Hiding.Of nothing = hiding.of("", "null");
            return line -> nothing;
        }
        Map<Long, JobSnapshot> first =
                millrace.store().find(lines.stream().map(QueueLimitsView.Line::first).toList());
        return line -> {
            JobSnapshot job = first.get(line.first());
            return job == null ? Hiding.everything() : hiding.of(job);
        };
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
        QueueLimits wanted = limits.apply(old);
        if (!wanted.equals(old)) {
            requireSharing(request.who(), old, wanted);
            millrace.limits(queue, limits);
            request.did("queue " + queue, before, null);
        }
        millrace.store().control(queue, change);
        request.did("queue " + queue, before, null);
        recent.forget();
        request.tell("queue " + queue, before, told(queue));
        return queue(request);
    }

    /** What is said of something shared holds for every queue that shares it. */
    private void requireSharing(Who who, QueueLimits old, QueueLimits wanted) {
        Set<String> names = new TreeSet<>();
        changes(old.shared(), wanted.shared(), names);
        changes(old.sharedRates(), wanted.sharedRates(), names);
        if (names.isEmpty() || who.mayEverywhere(Role.OPERATOR)) {
            return;
        }
        for (var each : millrace.store().limits().limits().entrySet()) {
            QueueLimits its = each.getValue();
            for (String name : names) {
                boolean shares =
                        its.shared().containsKey(name) || its.sharedRates().containsKey(name);
                if (shares && !who.may(Role.OPERATOR, each.getKey())) {
                    throw new Refused(
                            Problem.of(
                                            403,
                                            "forbidden",
                                            "this takes the role operator on every queue that shares '%s'; nothing was done"
                                                    .formatted(name))
                                    .expectedGot("operator on all of them", "not on all"));
                }
            }
        }
    }

    private static <T> void changes(Map<String, T> old, Map<String, T> wanted, Set<String> names) {
        Stream.concat(old.keySet().stream(), wanted.keySet().stream())
                .filter(name -> !Objects.equals(old.get(name), wanted.get(name)))
                .forEach(names::add);
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
        Recent.Seen seen = recent.seen();
        JobView view = recent.view(seen);
        QueueSnapshot found =
                seen.queues().stream()
                        .filter(each -> each.queue().equals(name))
                        .findFirst()
                        .orElseGet(() -> new QueueSnapshot(name, 0, 0, 0, 0, null));
        return Response.json(200, QueueLimitsView.add(QueueView.json(found, view), limits(name)));
    }
}
