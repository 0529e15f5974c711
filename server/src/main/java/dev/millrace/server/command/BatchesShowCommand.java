package dev.millrace.server.command;

import dev.millrace.server.output.Table;
import dev.millrace.store.BatchMember;
import dev.millrace.web.job.BatchView;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.concurrent.Callable;

/** {@code batches show}. */
@Command(
        name = "show",
        description = "Show a batch with those of its members that did not complete.")
final class BatchesShowCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "ID", description = "The batch's id.")
    private Long id = 0L;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "20",
            description = "At most so many failed members, up to 1000; default ${DEFAULT-VALUE}.")
    private int limit;

    BatchesShowCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        BatchesListCommand.checkLimit(limit);
        try (var store = session.openStore()) {
            var batch = store.batches().find(id);
            if (batch.isEmpty()) {
                return missing(session, id);
            }
            List<BatchMember> failed =
                    store.batches().members(id, BatchMember.State.FAILED, 0, limit);
            if (session.json()) {
                session.print(
                        BatchView.json(batch.get())
                                .with(
                                        "failedMembers",
                                        failed.stream().map(BatchMember::id).toList()));
                return Exit.DONE;
            }
            BatchesListCommand.print(session, List.of(batch.get()));
            if (!failed.isEmpty()) {
                var table = new Table("FAILED MEMBER", "WHAT");
                failed.forEach(member -> table.row(member.id(), member.nested() ? "batch" : "job"));
                table.print(session.out());
            }
        }
        return Exit.DONE;
    }

    static int missing(Session session, long id) {
        session.console()
                .say(
                        "no batch %d in %s: never accepted there, or removed after its time"
                                .formatted(id, session.address()));
        return Exit.FAILED;
    }
}
