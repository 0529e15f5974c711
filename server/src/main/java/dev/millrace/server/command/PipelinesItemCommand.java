package dev.millrace.server.command;

import dev.millrace.flow.Pipelines;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobSnapshot;
import dev.millrace.server.output.Table;
import dev.millrace.web.job.BatchView;
import dev.millrace.web.job.JobView;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code pipelines item}. */
@Command(name = "item", description = "Show the newest item with a key, and its way so far.")
final class PipelinesItemCommand implements Callable<Integer> {
    private static final int SHOWN = 80;

    private final Session session;

    @Parameters(index = "0", paramLabel = "NAME", description = "The pipeline's name.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "KEY", description = "The item's key.")
    private String key = "";

    PipelinesItemCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var store = session.openStore()) {
            Optional<Pipelines.Journey> found =
                    new Pipelines(store, session.clock()).journey(name, key);
            if (found.isEmpty()) {
                session.console()
                        .say(
                                "pipeline '%s' has no item '%s' in %s"
                                        .formatted(name, key, session.address()));
                return Exit.FAILED;
            }
            Pipelines.Journey journey = found.get();
            if (session.json()) {
                var view =
                        new JobView(session.clock().instant(), store.workers(), store.queues())
                                .knowing(store, journey.visits());
                session.print(
                        BatchView.json(journey.item())
                                .with(
                                        "visits",
                                        journey.visits().stream()
                                                .map(job -> view.json(job, JobReport.NONE))
                                                .toList())
                                .with("isWhole", journey.isWhole()));
            } else {
                BatchesListCommand.print(session, List.of(journey.item()));
                print(journey.visits());
                if (!journey.isWhole()) {
                    session.remark("it has more jobs: these are those accepted first");
                }
            }
        }
        return Exit.DONE;
    }

    private void print(List<JobSnapshot> visits) {
        var table = new Table("JOB", "STEP", "STATE", "ATTEMPTS", "FINISHED", "CAME TO");
        for (JobSnapshot job : visits) {
            table.row(
                    job.id(),
                    job.kind(),
                    job.state().name().text(),
                    job.attempts().size(),
                    JobView.finishedAt(job),
                    cameTo(job));
        }
        table.print(session.out());
    }

    private static @Nullable String cameTo(JobSnapshot job) {
        if (job.attempts().isEmpty()) {
            return null;
        }
        Attempt last = job.attempts().getLast();
        String text =
                last.error() != null
                        ? last.error().type() + ": " + last.error().message()
                        : last.result();
        return text == null || text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
