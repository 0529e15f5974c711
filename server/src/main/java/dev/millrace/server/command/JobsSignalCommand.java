package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.job.JobState;
import dev.millrace.job.RawJson;
import dev.millrace.web.text.JsonLine;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code jobs signal}. */
@Command(
        name = "signal",
        description =
                "Send a signal to a job, which goes on when it waits for it. Kept until the job"
                        + " asks for it.")
final class JobsSignalCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", paramLabel = "ID", description = "The job's id.")
    private Long id = 0L;

    @Parameters(index = "1", paramLabel = "NAME", description = "The signal's name.")
    private String name = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "JSON",
            description = "What comes with it. Default: {}")
    private String payload = "{}";

    JobsSignalCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var millrace =
                Millrace.builder().clock(session.clock()).store(session.openStore()).start()) {
            var found = millrace.signal(id, name, new RawJson(payload)).orElse(null);
            boolean sent =
                    found == JobState.Name.SCHEDULED
                            || found == JobState.Name.AVAILABLE
                            || found == JobState.Name.RUNNING;
            if (session.json()) {
                session.print(
                        new JsonLine()
                                .with("id", id)
                                .with("found", found == null ? null : found.text())
                                .with("sent", sent));
            } else if (found == null) {
                session.console().say("no job %d in %s".formatted(id, session.address()));
            } else if (sent) {
                session.out().println("%d was sent '%s'".formatted(id, name));
            } else {
                session.console()
                        .say("job %d is %s and is sent nothing".formatted(id, found.text()));
            }
            return sent ? Exit.DONE : Exit.FAILED;
        }
    }
}
