package dev.millrace.server.command;

import dev.millrace.schedule.Triggered;
import dev.millrace.web.text.JsonLine;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code schedules trigger}. */
@Command(name = "trigger", description = "Run a schedule's job now, besides its ticks.")
final class SchedulesTriggerCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "The schedule's name.")
    private String name = "";

    SchedulesTriggerCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var millrace = ScheduleActs.open(session)) {
            Triggered triggered = ScheduleActs.found(name, millrace.schedules().trigger(name));
            if (session.json()) {
                session.print(
                        new JsonLine()
                                .with("outcome", text(triggered))
                                .with("job", triggered.jobId()));
            } else {
                session.out().println(triggered.jobId() + " (" + text(triggered) + ")");
            }
            return triggered.outcome() == Triggered.Outcome.STILL_RUNNING ? Exit.FAILED : Exit.DONE;
        }
    }

    private static String text(Triggered triggered) {
        return triggered.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
