package dev.millrace.server.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code queues resume}. */
@Command(name = "resume", description = "End a pause. Heeded within a second.")
final class QueuesResumeCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "QUEUE", description = "The queue's name.")
    private String queue = "";

    QueuesResumeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return QueueSetting.apply(session, queue, millrace -> millrace.resume(queue));
    }
}
