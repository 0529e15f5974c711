package dev.millrace.server.command;

import dev.millrace.flow.Pipelines;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code pipelines retry}. */
@Command(
        name = "retry",
        description =
                "Have every item go on that was set aside at a step; steps before it are not done"
                        + " again.")
final class PipelinesRetryCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", paramLabel = "NAME", description = "The pipeline's name.")
    private String name = "";

    @Option(names = "--step", required = true, paramLabel = "STEP", description = "The step.")
    private String step = "";

    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            description = "Only those whose error's type or message contains this.")
    private @Nullable String reason;

    PipelinesRetryCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var store = session.openStore()) {
            var done = new Pipelines(store, session.clock()).retry(name, step, reason);
            if (session.json()) {
                session.print(
                        new JsonLine()
                                .with("looked", done.looked())
                                .with("retried", done.retried()));
            } else {
                session.out()
                        .println(
                                "%d of %d items run again"
                                        .formatted(done.retried(), done.looked()));
            }
        }
        return Exit.DONE;
    }
}
