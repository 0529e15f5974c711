package dev.millrace.web.api;

import dev.millrace.admin.QueueScale;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** What queues want, as Prometheus reads it; of the whole cluster, the same in every process. */
final class ScaleLines {
    private static final List<Series> ALL =
            List.of(
                    new Series(
                            "millrace_queue_wanted_workers",
                            "Workers wanted so that jobs wait 10 s at most.",
                            queue -> (double) queue.wantedWorkers()),
                    new Series(
                            "millrace_queue_workers",
                            "Live workers that serve the queue.",
                            queue -> (double) queue.workers()),
                    new Series(
                            "millrace_queue_slots",
                            "Jobs that these may run at once.",
                            queue -> (double) queue.slots()),
                    new Series(
                            "millrace_queue_due_jobs",
                            "Scheduled jobs that are due and not available yet.",
                            queue -> (double) queue.due()),
                    new Series(
                            "millrace_queue_arrivals_per_second",
                            "Jobs accepted to run at once, over the last minutes.",
                            QueueScale::arrivalsPerSecond),
                    new Series(
                            "millrace_queue_completions_per_second",
                            "Jobs completed, over the last minutes.",
                            QueueScale::completionsPerSecond),
                    new Series(
                            "millrace_queue_average_run_seconds",
                            "How long attempts ran that ended in the last minutes.",
                            queue -> seconds(queue.averageRun())));

    /** A gauge by queue; without a line where nothing is known. */
    private record Series(String name, String help, Function<QueueScale, @Nullable Double> value) {}

    private ScaleLines() {}

    static void write(StringBuilder out, List<QueueScale> queues) {
        for (Series series : ALL) {
            PrometheusText.head(out, series.name(), "gauge", series.help());
            for (QueueScale queue : queues) {
                Double value = series.value().apply(queue);
                if (value != null) {
                    PrometheusText.line(
                            out, series.name() + "{queue=\"" + queue.queue() + "\"}", value);
                }
            }
        }
    }

    private static @Nullable Double seconds(@Nullable Duration time) {
        return time == null ? null : time.toMillis() / 1e3;
    }
}
