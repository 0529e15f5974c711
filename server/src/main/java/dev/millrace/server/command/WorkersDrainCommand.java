package dev.millrace.server.command;

import dev.millrace.web.text.JsonLine;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code workers drain}. */
@Command(
        name = "drain",
        description = {
            "Tell a worker, in whatever process, to claim nothing more and to finish what it runs.",
            "Its process goes on; stop it when 'workers list' shows that it runs nothing."
        })
final class WorkersDrainCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", paramLabel = "ID", description = "The worker's id.")
    private Long id = 0L;

    WorkersDrainCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var store = session.openStore()) {
            boolean told = store.drain(id);
            if (session.json()) {
                session.print(new JsonLine().with("id", id).with("draining", told));
            } else if (told) {
                session.out().println("worker %d drains".formatted(id));
            } else {
                session.console().say("no worker %d lives in %s".formatted(id, session.address()));
            }
            return told ? Exit.DONE : Exit.FAILED;
        }
    }
}
