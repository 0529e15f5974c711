package dev.millrace.server.command;

import dev.millrace.server.output.Table;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.QueueView;
import dev.millrace.web.text.Durations;

import picocli.CommandLine.Command;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code queues list}. */
@Command(
        name = "list",
        description =
                "List queues with their counts (exact up to "
                        + QueueSnapshot.COUNT_BOUND
                        + ", then '+'), how long the oldest available job has waited, the live"
                        + " workers, and what is set on them.")
final class QueuesListCommand implements Callable<Integer> {
    private final Session session;

    QueuesListCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var store = session.openStore()) {
            var view = new JobView(session.clock().instant(), store.workers());
            List<QueueSnapshot> queues = store.queues();
            if (session.json()) {
                queues.forEach(each -> session.print(QueueView.json(each, view)));
            } else if (queues.isEmpty()) {
                session.remark("no queue has had a job yet");
            } else {
                print(queues, view);
            }
        }
        return Exit.DONE;
    }

    private void print(List<QueueSnapshot> queues, JobView view) {
        var table =
                new Table(
                        "QUEUE",
                        "AVAILABLE",
                        "SCHEDULED",
                        "RUNNING",
                        "DISCARDED",
                        "OLDEST",
                        "WORKERS",
                        "LIMIT",
                        "PAUSED");
        for (QueueSnapshot queue : queues) {
            table.row(
                    queue.queue(),
                    counted(queue.available()),
                    counted(queue.scheduled()),
                    counted(queue.running()),
                    counted(queue.discarded()),
                    queue.oldestAvailable() == null
                            ? "-"
                            : Durations.text(Duration.between(queue.oldestAvailable(), view.now())),
                    view.serving(queue.queue()),
                    queue.control().maxRunning(),
                    queue.control().paused() ? "paused" : null);
        }
        table.print(session.out());
    }

    private static Table.Counted counted(int count) {
        return new Table.Counted(count, QueueSnapshot.COUNT_BOUND);
    }
}
