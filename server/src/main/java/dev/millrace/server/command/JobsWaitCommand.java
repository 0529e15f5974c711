package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.queue.JobResult;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code jobs wait}. */
@Command(
        name = "wait",
        description = "Wait until jobs have ended; exit 0 when all of them completed, 1 otherwise.")
final class JobsWaitCommand implements Callable<Integer> {
    private static final Duration MOST = Duration.ofDays(365);

    private final Session session;

    @Parameters(paramLabel = "ID", arity = "1..*", description = "The jobs' ids.")
    private List<Long> ids = new ArrayList<>();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "How long at most, for all of them together. Default: 30s")
    private @Nullable Duration timeout;

    JobsWaitCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        Duration most = timeout == null ? Duration.ofSeconds(30) : timeout;
        if (most.compareTo(MOST) > 0) {
            throw MillraceException.invalid(
                    "--timeout must be at most 365d, got %s".formatted(Durations.text(most)));
        }
        long end = System.nanoTime() + most.toNanos();
        boolean allCompleted = true;
        try (var millrace =
                Millrace.builder().clock(session.clock()).store(session.openStore()).start()) {
            for (long id : ids) {
                allCompleted &= completed(millrace, id, end, most);
            }
        }
        return allCompleted ? Exit.DONE : Exit.FAILED;
    }

    private boolean completed(Millrace millrace, long id, long end, Duration most)
            throws InterruptedException {
        if (millrace.store().find(id).isEmpty()) {
            session.console().say("no job %d in %s".formatted(id, session.address()));
            return false;
        }
        var left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
        JobResult result = millrace.job(id).await(left).orElse(null);
        String state = result == null ? stateOf(millrace, id) : result.state().name().text();
        String value = result == null ? null : result.json().orElse(null);
        if (session.json()) {
            session.print(
                    new JsonLine()
                            .with("id", id)
                            .with("state", state)
                            .withKnown("result", value == null ? null : new RawJson(value)));
        } else {
            session.out().println(id + " " + state);
        }
        session.out().flush();
        if (result == null) {
            session.remark(
                    "job %d has not ended within %s; it goes on"
                            .formatted(id, Durations.text(most)));
        }
        return result != null && result.isCompleted();
    }

    private static String stateOf(Millrace millrace, long id) {
        return millrace.store().find(id).map(job -> job.state().name().text()).orElse("removed");
    }
}
