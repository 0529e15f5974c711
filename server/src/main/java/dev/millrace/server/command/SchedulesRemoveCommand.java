package dev.millrace.server.command;

import dev.millrace.web.text.JsonLine;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code schedules remove}. */
@Command(name = "remove", description = "Remove a schedule; the jobs it enqueued stay.")
final class SchedulesRemoveCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "The schedule's name.")
    private String name = "";

    SchedulesRemoveCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var millrace = ScheduleActs.open(session)) {
            ScheduleActs.found(name, millrace.schedules().find(name));
            boolean removed = millrace.schedules().remove(name);
            if (session.json()) {
                session.print(new JsonLine().with("name", name).with("removed", removed));
            } else {
                session.out().println(name + " is removed");
            }
            return Exit.DONE;
        }
    }
}
