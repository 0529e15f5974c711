package dev.millrace.web.event;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.web.job.JobShape;
import dev.millrace.web.job.QueueView;
import dev.millrace.web.job.WorkerView;
import dev.millrace.web.schema.Schema;

import java.util.Map;

/** What {@link Feed} and {@link Tallies} tell. */
public final class FeedShape {
    private static final Schema JOB =
            Schema.object(
                    "JobEvent",
                    "A job that moved; of one that ended unseen only where it stands.",
                    must("id", Schema.count(), "Its id."),
                    must("state", JobShape.STATE, "Where it stands."),
                    may("kind", Schema.name200(), "What it does."),
                    must("queue", Schema.name200(), "Where it waits or waited."),
                    may("attempt", Schema.count(), "The attempt that runs or is next."),
                    may("createdAt", Schema.moment(), "When it was accepted."),
                    may("finishedAt", Schema.moment(), "When it came to rest."));

    private static final Schema TALLY =
            Schema.object(
                    "Tally",
                    "Attempts that ended in this process since it started.",
                    must("at", Schema.moment(), "When they were counted."),
                    must("worker", Schema.bool(), "Whether this process runs jobs."),
                    must("completed", Schema.count(), "Those that completed their job."),
                    must("failed", Schema.count(), "Those that failed."),
                    may(
                            "recent",
                            Schema.list(Schema.list(Schema.count())),
                            "Completed and failed in each of the seconds before, newest last."));

    private static final Schema STORE =
            Schema.object(
                    "Store",
                    "Where jobs live.",
                    must("engine", Schema.text(), "Its engine."),
                    may("address", Schema.text(), "Where it is; for who sees every queue."),
                    must("durability", Schema.text(), "What its receipts are worth."));

    private static final Schema LOST =
            Schema.object(
                    "Lost",
                    "The client was cut; it may come back.",
                    must("reason", Schema.text(), "Why."));

    private static final Schema GAP =
            Schema.object(
                    "Gap",
                    "What happened since the client's last event is not known any more: it looks"
                            + " again at what it shows.",
                    must("reason", Schema.text(), "Why."));

    /** The data of each type of event. */
    public static final Map<String, Schema> EVENTS =
            Map.of(
                    "job",
                    JOB,
                    "queues",
                    Schema.items("QueuesEvent", "Queues by name.", QueueView.QUEUE),
                    "workers",
                    Schema.items("WorkersEvent", "Registered workers.", WorkerView.WORKER),
                    "tally",
                    TALLY,
                    "store",
                    STORE,
                    "gap",
                    GAP,
                    "lost",
                    LOST);

    private FeedShape() {}
}
