package dev.millrace.server.command;

import static java.util.stream.Collectors.joining;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.server.output.Table;
import dev.millrace.web.job.JobView;
import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/** {@code jobs show}. */
@Command(name = "show", description = "Show one job with its ended attempts.")
final class JobsShowCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "ID", description = "The job's id.")
    private Long id = 0L;

    JobsShowCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var store = session.openStore()) {
            Optional<JobSnapshot> found = store.find(id);
            if (found.isEmpty()) {
                session.console()
                        .say(
                                "no job %d in %s: never accepted there, or removed after its time"
                                        .formatted(id, session.address()));
                return Exit.FAILED;
            }
            var view = JobView.of(store, session.clock().instant(), found.get());
            if (session.json()) {
                session.print(view.json(found.get(), true));
            } else {
                print(found.get(), view);
            }
        }
        return Exit.DONE;
    }

    private void print(JobSnapshot job, JobView view) {
        line("id", job.id());
        line("kind", job.kind() + (job.version() == 1 ? "" : " version " + job.version()));
        line("queue", job.queue());
        line("state", job.state().name().text());
        var waiting = view.waiting(job);
        line("waiting", waiting == null ? null : waiting.reason() + ": " + waiting.detail());
        line("worker", job.state() instanceof JobState.Running r ? r.worker() : null);
        line("priority", job.priority());
        line("attempt", "%d of %d".formatted(job.attempt(), job.maxAttempts()));
        line("unique", job.terms().unique());
        line("expires", job.terms().expiresAt());
        line("timeout", JobView.timeout(job));
        line("keys", job.terms().keys().isEmpty() ? null : keys(job));
        line("tags", job.tags().isEmpty() ? null : String.join(", ", job.tags()));
        line("created", job.createdAt());
        line("finished", JobView.finishedAt(job));
        line("payload", job.payload());
        line("result", job.state() instanceof JobState.Completed done ? done.result() : null);
        if (!job.attempts().isEmpty()) {
            session.out().println();
            var table = new Table("ATTEMPT", "OUTCOME", "WORKER", "STARTED", "TOOK", "ERROR");
            job.attempts().forEach(each -> row(table, each));
            table.print(session.out());
        }
    }

    private static String keys(JobSnapshot job) {
        return new TreeMap<>(job.terms().keys())
                .entrySet().stream()
                        .map((Map.Entry<String, String> key) -> key.getKey() + "=" + key.getValue())
                        .collect(joining(", "));
    }

    private static void row(Table table, Attempt attempt) {
        var error = attempt.error();
        table.row(
                attempt.number(),
                JobView.outcome(attempt),
                attempt.worker() == 0 ? null : attempt.worker(),
                attempt.startedAt(),
                Durations.text(Duration.between(attempt.startedAt(), attempt.endedAt())),
                error == null ? null : error.type() + ": " + error.message());
    }

    private void line(String name, @Nullable Object value) {
        if (value != null) {
            session.out().println("%-9s %s".formatted(name, Table.plain(value.toString())));
        }
    }
}
