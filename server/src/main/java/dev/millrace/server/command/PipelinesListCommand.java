package dev.millrace.server.command;

import dev.millrace.flow.Pipelines;
import dev.millrace.server.output.Table;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.job.PipelineView;
import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code pipelines list} and {@code pipelines show}. */
@Command(
        name = "list",
        aliases = "show",
        description =
                "List pipelines with their steps: what waits, runs and failed at each, how much"
                        + " leaves it by the minute, and how long the rest takes at that rate.")
final class PipelinesListCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(
            arity = "0..1",
            paramLabel = "NAME",
            description = "Only this pipeline; default all.")
    private @Nullable String name;

    PipelinesListCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var store = session.openStore()) {
            List<Pipelines.Look> found =
                    new Pipelines(store, session.clock())
                            .look().stream()
                                    .filter(look -> name == null || look.name().equals(name))
                                    .toList();
            if (session.json()) {
                found.forEach(look -> session.print(PipelineView.json(look)));
            } else if (!found.isEmpty()) {
                print(found);
            }
            if (found.isEmpty()) {
                session.remark(
                        name == null
                                ? "no process of this store has run a pipeline yet"
                                : "no process of this store has run a pipeline '%s'"
                                        .formatted(name));
                return name == null ? Exit.DONE : Exit.FAILED;
            }
        }
        return Exit.DONE;
    }

    private void print(List<Pipelines.Look> found) {
        var table =
                new Table(
                        "PIPELINE",
                        "STEP",
                        "QUEUE",
                        "WAITING",
                        "LATER",
                        "RUNNING",
                        "FAILED",
                        "A MINUTE",
                        "LEFT");
        for (Pipelines.Look look : found) {
            for (Pipelines.StepLook step : look.steps()) {
                table.row(
                        look.name(),
                        step.step().name(),
                        step.step().queue(),
                        counted(step.waiting()),
                        counted(step.later()),
                        counted(step.running()),
                        counted(step.failed()),
                        String.format(Locale.ROOT, "%.1f", step.perMinute()),
                        step.left() == null ? null : Durations.text(step.left()));
            }
        }
        table.print(session.out());
    }

    private static Table.Counted counted(int count) {
        return new Table.Counted(count, QueueSnapshot.COUNT_BOUND);
    }
}
