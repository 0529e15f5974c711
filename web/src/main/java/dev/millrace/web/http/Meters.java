package dev.millrace.web.http;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts requests by method, route and status, with how long they took, and writes them as
 * Prometheus reads them. As many series as there are routes, methods and statuses in use.
 * Thread-safe.
 */
public final class Meters {
    private static final double[] BOUNDS = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    };
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT");

    private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
    private final Map<String, Times> times = new ConcurrentSkipListMap<>();

    private static final class Times {
        private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
        private final LongAdder nanos = new LongAdder();

        Times() {
            for (int i = 0; i < buckets.length; i++) {
                buckets[i] = new LongAdder();
            }
        }

        void add(long took) {
            int i = 0;
            while (i < BOUNDS.length && took > BOUNDS[i] * 1e9) {
                i++;
            }
            buckets[i].increment();
            nanos.add(took);
        }
    }

    /** Nothing counted yet. */
    public Meters() {}

    /**
     * Counts a request that has ended.
     *
     * @param template of its route; empty when there was none
     */
    void count(String method, String template, int status, long nanos) {
        String known = METHODS.contains(method) ? method : "other";
        String route = "route=\"" + template + '"';
        String labels = "method=\"" + known + "\"," + route + ",status=\"" + status + '"';
        requests.computeIfAbsent(labels, each -> new LongAdder()).increment();
        times.computeIfAbsent(route, each -> new Times()).add(nanos);
    }

    /** Appends what was counted. */
    public void write(StringBuilder out) {
        out.append("# HELP millrace_http_requests_total Requests answered.\n");
        out.append("# TYPE millrace_http_requests_total counter\n");
        requests.forEach((labels, count) ->
                out.append("millrace_http_requests_total{%s} %d\n".formatted(labels, count.sum())));
        out.append("# HELP millrace_http_request_seconds How long requests took.\n");
        out.append("# TYPE millrace_http_request_seconds histogram\n");
        times.forEach((labels, each) -> write(out, labels, each));
    }

    private static void write(StringBuilder out, String labels, Times times) {
        String name = "millrace_http_request_seconds";
        long below = 0;
        for (int i = 0; i < BOUNDS.length; i++) {
            below += times.buckets[i].sum();
            out.append("%s_bucket{%s,le=\"%s\"} %d\n".formatted(name, labels, BOUNDS[i], below));
        }
        below += times.buckets[BOUNDS.length].sum();
        out.append("%s_bucket{%s,le=\"+Inf\"} %d\n".formatted(name, labels, below));
        out.append(
                String.format(
                        Locale.ROOT, "%s_sum{%s} %.6f\n", name, labels, times.nanos.sum() / 1e9));
        out.append("%s_count{%s} %d\n".formatted(name, labels, below));
    }
}
