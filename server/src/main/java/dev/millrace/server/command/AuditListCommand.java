package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.server.output.Table;
import dev.millrace.store.AccessStore;
import dev.millrace.store.AuditEntry;
import dev.millrace.web.job.AuditView;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.List;
import java.util.concurrent.Callable;

/** {@code audit list}. */
@Command(name = "list", description = "List what was done over HTTP, by whom, newest first.")
final class AuditListCommand implements Callable<Integer> {
    private static final int USUAL = 50;

    private final Session session;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "At most so many, 1 to 1000. Default: 50")
    private @Nullable Integer limit;

    @Option(
            names = "--after",
            paramLabel = "ID",
            description = "Go on after the entry with this id.")
    private @Nullable Long after;

    AuditListCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        int most = limit == null ? USUAL : limit;
        if (most < 1 || most > AccessStore.MOST_AT_ONCE) {
            throw MillraceException.invalid("--limit must be 1 to 1000, got " + most);
        }
        try (var store = session.openStore()) {
            List<AuditEntry> found =
                    store.access().audited(after == null ? Long.MAX_VALUE : after, most);
            if (session.json()) {
                found.forEach(each -> session.print(AuditView.json(each)));
            } else if (found.isEmpty()) {
                session.remark("nothing was done over HTTP, or it is forgotten");
            } else {
                print(found);
            }
        }
        return Exit.DONE;
    }

    private void print(List<AuditEntry> found) {
        var table = new Table("ID", "AT", "WHO", "ACTION", "TARGET", "BEFORE", "AFTER", "ADDRESS");
        for (AuditEntry each : found) {
            table.row(
                    each.id(),
                    each.at(),
                    each.who().isEmpty() ? "-" : each.who(),
                    each.action(),
                    each.target(),
                    each.before() == null ? "" : each.before(),
                    each.after() == null ? "" : each.after(),
                    each.address());
        }
        table.print(session.out());
    }
}
