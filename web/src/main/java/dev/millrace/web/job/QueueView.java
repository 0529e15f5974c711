package dev.millrace.web.job;

import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.text.JsonLine;

/** How queues are shown. */
public final class QueueView {
    private QueueView() {}

    /** A queue as programs read it. */
    public static JsonLine json(QueueSnapshot queue, JobView view) {
        return new JsonLine()
                .with("queue", queue.queue())
                .with("available", queue.available())
                .with("scheduled", queue.scheduled())
                .with("running", queue.running())
                .with("discarded", queue.discarded())
                .with("countedTo", QueueSnapshot.COUNT_BOUND)
                .with("oldestAvailable", queue.oldestAvailable())
                .with("paused", queue.control().paused())
                .with("limit", queue.control().maxRunning())
                .with("workers", view.serving(queue.queue()));
    }
}
