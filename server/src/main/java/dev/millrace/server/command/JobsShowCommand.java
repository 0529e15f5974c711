package dev.millrace.server.command;

import static java.util.stream.Collectors.joining;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.Progress;
import dev.millrace.loop.Backoff;
import dev.millrace.server.output.Table;
import dev.millrace.store.JobStore;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.ReportView;
import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;

/** {@code jobs show}. */
@Command(name = "show", description = "Show one job with its ended attempts.")
final class JobsShowCommand implements Callable<Integer> {
    private static final Duration STACK_PATIENCE = Duration.ofSeconds(5);
    private static final Duration LOOK = Duration.ofMillis(100);

    private final Session session;

    @Parameters(paramLabel = "ID", description = "The job's id.")
    private Long id = 0L;

    @Option(
            names = "--stack",
            description = "Ask its worker for the stack of its thread and show it.")
    private boolean stack;

    JobsShowCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        try (var store = session.openStore()) {
            Optional<JobSnapshot> found = store.find(id);
            if (found.isEmpty()) {
                session.console()
                        .say(
                                "no job %d in %s: never accepted there, or removed after its time"
                                        .formatted(id, session.address()));
                return Exit.FAILED;
            }
            JobReport report = stack ? withStack(store) : store.reports().look(id);
            var view = JobView.of(store, session.clock().instant(), found.get());
            if (session.json()) {
                session.print(view.json(found.get(), report));
            } else {
                print(found.get(), report, view);
            }
        }
        return Exit.DONE;
    }

    private void print(JobSnapshot job, JobReport report, JobView view) {
        line("id", job.id());
        line("kind", job.kind() + (job.version() == 1 ? "" : " version " + job.version()));
        line("queue", job.queue());
        line("state", job.state().name().text());
        var waiting = view.waiting(job, report);
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
        line("progress", report.progress() == null ? null : progress(report.progress()));
        var checkpoint = report.checkpoint();
        line(
                "resumes",
                checkpoint == null
                        ? null
                        : "from %s (checkpoint %d at %s)"
                                .formatted(
                                        ReportView.cursor(checkpoint).text(),
                                        checkpoint.number(),
                                        checkpoint.at()));
        line("result", job.state() instanceof JobState.Completed done ? done.result() : null);
        if (!job.attempts().isEmpty()) {
            session.out().println();
            var table = new Table("ATTEMPT", "OUTCOME", "WORKER", "STARTED", "TOOK", "ERROR");
            job.attempts().forEach(each -> row(table, each));
            table.print(session.out());
        }
        print(report);
    }

    private void print(JobReport report) {
        if (!report.steps().isEmpty()) {
            session.out().println();
            var table = new Table("STEP", "DONE", "TRIES", "RESULT");
            report.steps()
                    .forEach(
                            each -> table.row(each.name(), each.at(), each.tries(), each.result()));
            table.print(session.out());
        }
        if (!report.log().isEmpty()) {
            session.out().println();
            var table = new Table("LOGGED", "LEVEL", "MESSAGE");
            report.log().forEach(each -> table.row(each.at(), each.level().text(), each.message()));
            table.print(session.out());
        }
        var shown = report.stack();
        if (stack && shown != null) {
            session.out().println();
            session.out().println("stack at " + shown.at());
            shown.text().lines().forEach(line -> session.out().println("  " + Table.plain(line)));
        }
    }

    static String progress(Progress progress) {
        String left = progress.left().map(time -> ", " + Durations.text(time) + " left").orElse("");
        String rate =
                progress.perSecond() == 0
                        ? ""
                        : String.format(Locale.ROOT, ", %.1f a second", progress.perSecond());
        String message = progress.message() == null ? "" : ": " + progress.message();
        if (progress.total() == 0) {
            return "%d done%s%s".formatted(progress.done(), rate, message);
        }
        // in doubles: a hundred times a large count would overflow
        long percent =
                progress.done() >= progress.total()
                        ? 100
                        : Math.min(99, (long) (100.0 * progress.done() / progress.total()));
        return "%d of %d (%d %%%s%s)%s"
                .formatted(progress.done(), progress.total(), percent, rate, left, message);
    }

    /** Asks the worker for the stack and looks until it is there; what is there after a while. */
    private JobReport withStack(JobStore store) throws InterruptedException {
        Instant asked = session.clock().instant();
        var state = store.reports().askStack(id, asked);
        JobReport report = store.reports().look(id);
        if (state.filter(JobState.Name.RUNNING::equals).isEmpty()) {
            session.console().say("job %d does not run: it has no stack now".formatted(id));
            return report;
        }
        var pause = new Backoff(LOOK, LOOK, ThreadLocalRandom.current());
        long end = System.nanoTime() + STACK_PATIENCE.toNanos();
        var known = report.stack();
        while (Objects.equals(report.stack(), known) && System.nanoTime() - end < 0) {
            pause.pause();
            report = store.reports().look(id);
        }
        if (Objects.equals(report.stack(), known)) {
            session.console()
                    .say(
                            "its worker did not show the stack within %s"
                                    .formatted(Durations.text(STACK_PATIENCE)));
        }
        return report;
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
