package dev.millrace.server.command;

import dev.millrace.admin.BulkAction;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.util.concurrent.Callable;

/** {@code jobs retry}. */
@Command(
        name = "retry",
        description = {
            "Make jobs available now: discarded ones start over with attempt 1, scheduled ones keep"
                    + " theirs. Others stay as they are.",
            "With --all: every discarded job (or --state scheduled) that the filters let through."
        })
final class JobsRetryCommand implements Callable<Integer> {
    private final Session session;

    @Mixin private Selection selection = new Selection();

    JobsRetryCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new JobActs(session, selection, BulkAction.Kind.RETRY, "").call();
    }
}
