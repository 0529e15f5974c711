package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.Millrace;
import dev.millrace.admin.Scale;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.http.Meters;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.WorkerView;
import dev.millrace.web.look.Changes;
import dev.millrace.web.look.Recent;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What watches this process asks of it. Outside {@code /api/v1}. */
final class HealthRoutes {
    /** More queues than this are not written one by one. */
    private static final int MOST_QUEUES = 1_000;

    private static final Schema HEALTH =
            Schema.object(
                    "Health",
                    "How the process is.",
                    must("status", Schema.oneOf("live", "ready"), "In a word."),
                    may("engine", Schema.text(), "Of the store, once it has answered."),
                    may("durability", Schema.text(), "What its receipts are worth."));

    private final Millrace millrace;
    private final Recent recent;
    private final Changes changes;
    private final Meters meters;
    private final Scale scale;
    private final long startedNanos = System.nanoTime();

    HealthRoutes(Millrace millrace, Recent recent, Changes changes, Meters meters, Scale scale) {
        this.millrace = millrace;
        this.recent = recent;
        this.changes = changes;
        this.meters = meters;
        this.scale = scale;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.nothing(),
                                Method.GET,
                                "/health/live",
                                "live",
                                "Whether the process lives.",
                                this::live)
                        .pace(Route.Pace.INSTANT)
                        .answers(200, HEALTH, "It does."),
                Route.of(
                                Need.nothing(),
                                Method.GET,
                                "/health/ready",
                                "ready",
                                "Whether it can do its work.",
                                this::ready)
                        .pace(Route.Pace.CHECK)
                        .answers(200, HEALTH, "The store answers; 503 when it does not."),
                Route.of(
                                Need.everywhere(Role.VIEWER),
                                Method.GET,
                                "/metrics",
                                "metrics",
                                "Figures, as Prometheus reads them.",
                                this::metrics)
                        .answers(Route.Answer.text(200, "text/plain", "In Prometheus text.")));
    }

    private Response live(Request request) {
        return Response.json(200, new JsonLine().with("status", "live"));
    }

    /** A store that does not answer is a problem of its own code: 503 with Retry-After. */
    private Response ready(Request request) {
        var info = millrace.store().info();
        return Response.json(
                200,
                new JsonLine()
                        .with("status", "ready")
                        .with("engine", info.engine())
                        .with("durability", info.durability()));
    }

    private Response metrics(Request request) {
        var out = new StringBuilder(4096);
        meters.write(out);
        Recent.Seen seen = recent.seen(changes.last(request));
        JobView view = recent.view(seen);
        List<QueueSnapshot> queues = seen.queues().stream().limit(MOST_QUEUES).toList();
        PrometheusText.head(
                out, "millrace_jobs", "gauge", "Jobs by queue and state, counted up to 10000.");
        for (QueueSnapshot queue : queues) {
            jobs(out, queue, "available", queue.available());
            jobs(out, queue, "scheduled", queue.scheduled());
            jobs(out, queue, "running", queue.running());
            jobs(out, queue, "discarded", queue.discarded());
        }
        PrometheusText.head(
                out, "millrace_queue_oldest_seconds", "gauge", "Age of the oldest available job.");
        for (QueueSnapshot queue : queues) {
            if (queue.oldestAvailable() != null) {
                Duration age = Duration.between(queue.oldestAvailable(), view.now());
                PrometheusText.line(
                        out,
                        "millrace_queue_oldest_seconds{queue=\"" + queue.queue() + "\"}",
                        Math.max(0, age.toMillis()) / 1e3);
            }
        }
        ScaleLines.write(out, scale.look(Scale.TARGET, queues));
        process(out, view);
        return Response.text(200, "text/plain; version=0.0.4; charset=utf-8", out.toString());
    }

    private void process(StringBuilder out, JobView view) {
        PrometheusText.head(out, "millrace_workers", "gauge", "Registered workers by state.");
        Map<String, Integer> states = new TreeMap<>(Map.of("alive", 0, "silent", 0, "dead", 0));
        view.workers().forEach(each -> states.merge(WorkerView.state(each, view), 1, Integer::sum));
        states.forEach((state, count) ->
                PrometheusText.line(out, "millrace_workers{state=\"" + state + "\"}", count));
        PrometheusText.head(out, "millrace_running", "gauge", "Jobs running in this process.");
        PrometheusText.line(out, "millrace_running", millrace.running());
        PrometheusText.head(
                out,
                "millrace_refused_endings_total",
                "counter",
                "Endings of claims lost to others.");
        PrometheusText.line(
                out, "millrace_refused_endings_total", (double) millrace.refusedEndings());
        PrometheusText.head(out, "jvm_memory_heap_used_bytes", "gauge", "Heap in use.");
        var memory = Runtime.getRuntime();
        PrometheusText.line(
                out,
                "jvm_memory_heap_used_bytes",
                (double) memory.totalMemory() - memory.freeMemory());
        PrometheusText.head(
                out, "millrace_web_uptime_seconds", "gauge", "Since this web tier started.");
        PrometheusText.line(
                out, "millrace_web_uptime_seconds", (System.nanoTime() - startedNanos) / 1e9);
    }

    private static void jobs(StringBuilder out, QueueSnapshot queue, String state, int count) {
        // names hold no character that would have to be escaped
        PrometheusText.line(
                out,
                "millrace_jobs{queue=\"" + queue.queue() + "\",state=\"" + state + "\"}",
                count);
    }
}
