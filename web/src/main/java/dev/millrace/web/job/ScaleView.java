package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.admin.QueueScale;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

/** How the need for workers is shown. */
public final class ScaleView {
    /** What is written. */
    public static final Schema QUEUE_SCALE =
            Schema.object(
                    "QueueScale",
                    "How many workers a queue wants, and from what that follows.",
                    must("queue", Schema.name200(), "Its name."),
                    must("wantedWorkers", Schema.count(), "So that jobs wait no longer."),
                    must("workers", Schema.count(), "Live workers that serve it."),
                    must("slots", Schema.count(), "Jobs that these may run at once."),
                    must("oldestWaitSeconds", Schema.number(), "How long the oldest waits."),
                    must("available", Schema.count(), "Jobs that wait for a worker."),
                    must("due", Schema.count(), "Scheduled jobs that are due."),
                    must("countedTo", Schema.count(), "Where counting stops."),
                    must("running", Schema.count(), "Jobs taken by workers."),
                    must("arrivalsPerSecond", Schema.number(), "Over the last minutes."),
                    must("completionsPerSecond", Schema.number(), "Over the last minutes."),
                    must(
                            "averageRunSeconds",
                            Schema.number().orNull(),
                            "Of attempts that ended in the last minutes."),
                    must("paused", Schema.bool(), "Whether nothing of it is claimed."),
                    must("limit", Schema.count().orNull(), "How many may run in all processes."));

    private ScaleView() {}

    /** A queue's need as programs read it. */
    public static JsonLine json(QueueScale queue) {
        return new JsonLine()
                .with("queue", queue.queue())
                .with("wantedWorkers", queue.wantedWorkers())
                .with("workers", queue.workers())
                .with("slots", queue.slots())
                .with("oldestWaitSeconds", queue.oldestWait().toMillis() / 1e3)
                .with("available", queue.available())
                .with("due", queue.due())
                .with("countedTo", QueueSnapshot.COUNT_BOUND)
                .with("running", queue.running())
                .with("arrivalsPerSecond", rounded(queue.arrivalsPerSecond()))
                .with("completionsPerSecond", rounded(queue.completionsPerSecond()))
                .with(
                        "averageRunSeconds",
                        queue.averageRun() == null ? null : queue.averageRun().toMillis() / 1e3)
                .with("paused", queue.paused())
                .with("limit", queue.limit());
    }

    private static double rounded(double rate) {
        return Math.round(rate * 1000) / 1e3;
    }
}
