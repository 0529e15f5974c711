package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.server.output.Table;
import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;
import dev.millrace.store.BatchStore;
import dev.millrace.web.job.BatchView;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.List;
import java.util.concurrent.Callable;

/** {@code batches list}. */
@Command(name = "list", description = "List batches, newest first.")
final class BatchesListCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--name", paramLabel = "NAME", description = "Only batches of this name.")
    private @Nullable String name;

    @Option(
            names = "--state",
            paramLabel = "S",
            description = "Only these: filling, waiting, completed, failed, cancelled.")
    private @Nullable BatchState state;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "At most so many, up to 1000; default ${DEFAULT-VALUE}.")
    private int limit;

    @Option(names = "--after", paramLabel = "ID", description = "Go on after this batch.")
    private @Nullable Long after;

    BatchesListCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        checkLimit(limit);
        try (var store = session.openStore()) {
            List<BatchSnapshot> found =
                    store.batches()
                            .list(
                                    new BatchFilter(false, name, state),
                                    after == null ? Long.MAX_VALUE : after,
                                    limit);
            if (session.json()) {
                found.forEach(batch -> session.print(BatchView.json(batch)));
            } else if (found.isEmpty()) {
                session.remark("no such batch");
            } else {
                print(session, found);
            }
        }
        return Exit.DONE;
    }

    static void checkLimit(int limit) {
        if (limit < 1 || limit > BatchStore.MOST_IN_STEP) {
            throw MillraceException.invalid(
                    "--limit must be 1 to %d, got %d".formatted(BatchStore.MOST_IN_STEP, limit));
        }
    }

    static void print(Session session, List<BatchSnapshot> found) {
        var table =
                new Table(
                        "ID",
                        "NAME",
                        "KEY",
                        "STATE",
                        "MEMBERS",
                        "OPEN",
                        "COMPLETED",
                        "FAILED",
                        "CANCELLED",
                        "CREATED");
        for (BatchSnapshot batch : found) {
            table.row(
                    batch.id(),
                    batch.name(),
                    batch.key(),
                    batch.cancelling() && !batch.state().isEnded()
                            ? "cancelling"
                            : batch.state().text(),
                    batch.added(),
                    batch.open(),
                    batch.completed(),
                    batch.failed(),
                    batch.cancelled(),
                    batch.createdAt());
        }
        table.print(session.out());
    }
}
