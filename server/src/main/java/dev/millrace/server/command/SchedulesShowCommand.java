package dev.millrace.server.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code schedules show}. */
@Command(name = "show", description = "Look at a schedule, its next ticks and its last.")
final class SchedulesShowCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "The schedule's name.")
    private String name = "";

    SchedulesShowCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var millrace = ScheduleActs.open(session)) {
            var found = ScheduleActs.found(name, millrace.schedules().find(name));
            return ScheduleActs.print(session, millrace, found, 20);
        }
    }
}
