package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

/** How queues are shown. */
public final class QueueView {
    /** What is written. */
    public static final Schema QUEUE =
            Schema.object(
                    "Queue",
                    "A queue as it stands. A count equal to countedTo means at least that.",
                    must("queue", Schema.name200(), "Its name."),
                    must("available", Schema.count(), "Jobs that wait for a worker."),
                    must(
                            "blocked",
                            Schema.count(),
                            "Jobs that wait for a limit by key; their state is available too."),
                    must("scheduled", Schema.count(), "Jobs due later."),
                    must("running", Schema.count(), "Jobs taken by workers."),
                    must("discarded", Schema.count(), "Jobs set aside."),
                    must("countedTo", Schema.count(), "Where counting stops."),
                    must(
                            "oldestAvailable",
                            Schema.moment().orNull(),
                            "When the job that waits longest was accepted."),
                    must("paused", Schema.bool(), "Whether nothing of it is claimed."),
                    must("limit", Schema.count().orNull(), "How many may run in all processes."),
                    may(
                            "perKey",
                            QueueLimitsView.PER_KEY,
                            "By the name of a key, how many jobs with the same value of it may run"
                                    + " in all processes; not in lists."),
                    may(
                            "rates",
                            QueueLimitsView.RATES,
                            "By the name of a key, how often jobs with the same value of it may"
                                    + " begin; not in lists."),
                    may(
                            "rate",
                            QueueLimitsView.ONE_RATE,
                            "How often any of its jobs may begin, where that is set; not in"
                                    + " lists."),
                    may(
                            "shared",
                            QueueLimitsView.PER_KEY,
                            "By the name of what queues share, how many of their jobs may run,"
                                    + " where that is set; not in lists."),
                    may(
                            "sharedRates",
                            QueueLimitsView.RATES,
                            "By such a name, how often their jobs may begin, where that is set; not"
                                    + " in lists."),
                    must("workers", Schema.count(), "Live workers that serve it."));

    private QueueView() {}

    /** A queue as programs read it. */
    public static JsonLine json(QueueSnapshot queue, JobView view) {
        return new JsonLine()
                .with("queue", queue.queue())
                .with("available", queue.available())
                .with("blocked", queue.blocked())
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
