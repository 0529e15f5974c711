package dev.millrace.web.job;

import dev.millrace.admin.QueueScale;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.text.JsonLine;

/** How the need for workers is shown. */
public final class ScaleView {
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
