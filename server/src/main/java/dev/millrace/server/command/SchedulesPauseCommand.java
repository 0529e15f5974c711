package dev.millrace.server.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code schedules pause}. */
@Command(name = "pause", description = "Have a schedule not tick until it is resumed.")
final class SchedulesPauseCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "The schedule's name.")
    private String name = "";

    SchedulesPauseCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var millrace = ScheduleActs.open(session)) {
            var found = ScheduleActs.found(name, millrace.schedules().pause(name));
            return ScheduleActs.print(session, millrace, found, 0);
        }
    }
}
