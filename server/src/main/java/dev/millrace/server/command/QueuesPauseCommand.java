package dev.millrace.server.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code queues pause}. */
@Command(
        name = "pause",
        description =
                "Let no process take a job of a queue until it is resumed; what runs goes on."
                        + " Heeded within a second.")
final class QueuesPauseCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "QUEUE", description = "The queue's name.")
    private String queue = "";

    QueuesPauseCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return QueueSetting.apply(session, queue, millrace -> millrace.pause(queue));
    }
}
