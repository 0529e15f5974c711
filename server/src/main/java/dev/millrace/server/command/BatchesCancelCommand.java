package dev.millrace.server.command;

import dev.millrace.store.BatchState;
import dev.millrace.web.text.JsonLine;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code batches cancel}. */
@Command(
        name = "cancel",
        description =
                "Cancel what is left of a batch: workers end its waiting members within seconds and"
                        + " interrupt those that run.")
final class BatchesCancelCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "ID", description = "The batch's id.")
    private Long id = 0L;

    BatchesCancelCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var store = session.openStore()) {
            Optional<BatchState> found = store.batches().cancel(id);
            if (found.isEmpty()) {
                return BatchesShowCommand.missing(session, id);
            }
            if (session.json()) {
                session.print(new JsonLine().with("id", id).with("was", found.get().text()));
            } else {
                session.out()
                        .println(
                                found.get().isEnded()
                                        ? "batch %d had ended: %s".formatted(id, found.get().text())
                                        : "batch %d is being cancelled".formatted(id));
            }
        }
        return Exit.DONE;
    }
}
