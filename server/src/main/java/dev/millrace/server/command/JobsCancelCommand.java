package dev.millrace.server.command;

import dev.millrace.admin.BulkAction;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.concurrent.Callable;

/** {@code jobs cancel}. */
@Command(
        name = "cancel",
        description = {
            "End jobs: waiting ones at once; running ones are interrupted within a second and end"
                    + " as cancelled unless they complete all the same. Others stay as they are.",
            "With --all: every waiting and running job that the filters let through."
        })
final class JobsCancelCommand implements Callable<Integer> {
    private final Session session;

    @Mixin private Selection selection = new Selection();

    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            description = "Kept in the history of each job. Default: cancelled by hand")
    private String reason = "cancelled by hand";

    JobsCancelCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new JobActs(session, selection, BulkAction.Kind.CANCEL, reason).call();
    }
}
