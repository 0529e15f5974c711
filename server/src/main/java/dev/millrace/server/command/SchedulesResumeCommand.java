package dev.millrace.server.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code schedules resume}. */
@Command(name = "resume", description = "End a pause; ticks meanwhile are left out.")
final class SchedulesResumeCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "The schedule's name.")
    private String name = "";

    SchedulesResumeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var millrace = ScheduleActs.open(session)) {
            var found = ScheduleActs.found(name, millrace.schedules().resume(name));
            return ScheduleActs.print(session, millrace, found, 0);
        }
    }
}
