package dev.millrace.server.command;

import dev.millrace.admin.BulkAction;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.util.concurrent.Callable;

/** {@code jobs delete}. */
@Command(
        name = "delete",
        description = {
            "Remove jobs that have ended or were discarded, with their history. Live ones stay.",
            "With --all: every such job that the filters let through."
        })
final class JobsDeleteCommand implements Callable<Integer> {
    private final Session session;

    @Mixin private Selection selection = new Selection();

    JobsDeleteCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new JobActs(session, selection, BulkAction.Kind.DELETE, "").call();
    }
}
