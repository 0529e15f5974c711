package dev.millrace.server.command;

import dev.millrace.admin.QueueScale;
import dev.millrace.admin.Scale;
import dev.millrace.server.output.Table;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.job.ScaleView;
import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code scale}. */
@Command(
        name = "scale",
        description =
                "Say how many workers each queue wants, so that its jobs wait no longer than a"
                        + " target; with the counts and rates of the whole cluster that it follows"
                        + " from.")
final class ScaleCommand implements Callable<Integer> {
    private final Session session;

    @Option(
            names = "--target-wait",
            paramLabel = "TIME",
            description = "How long jobs may wait for a worker, 1s to 1d. Default: 10s")
    private @Nullable Duration targetWait;

    ScaleCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var store = session.openStore()) {
            List<QueueScale> queues =
                    new Scale(store, session.clock())
                            .look(targetWait == null ? Scale.TARGET : targetWait);
            if (session.json()) {
                queues.forEach(each -> session.print(ScaleView.json(each)));
            } else if (queues.isEmpty()) {
                session.remark("no queue has had a job yet");
            } else {
                print(queues);
            }
        }
        return Exit.DONE;
    }

    private void print(List<QueueScale> queues) {
        var table =
                new Table(
                        "QUEUE",
                        "WANTED",
                        "WORKERS",
                        "SLOTS",
                        "RUNNING",
                        "AVAILABLE",
                        "DUE",
                        "OLDEST",
                        "IN/S",
                        "DONE/S",
                        "RUN");
        for (QueueScale queue : queues) {
            Duration run = queue.averageRun();
            table.row(
                    queue.queue(),
                    queue.wantedWorkers(),
                    queue.workers(),
                    queue.slots(),
                    queue.running(),
                    counted(queue.available()),
                    counted(queue.due()),
                    queue.oldestWait().isZero() ? "-" : Durations.text(queue.oldestWait()),
                    rate(queue.arrivalsPerSecond()),
                    rate(queue.completionsPerSecond()),
                    run == null ? "-" : Durations.text(run));
        }
        table.print(session.out());
    }

    private static String rate(double perSecond) {
        return String.format(Locale.ROOT, "%.1f", perSecond);
    }

    private static Table.Counted counted(int count) {
        return new Table.Counted(count, QueueSnapshot.COUNT_BOUND);
    }
}
