package dev.millrace.server.command;

import dev.millrace.admin.Failures;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.server.output.Table;
import dev.millrace.web.job.FailuresView;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.concurrent.Callable;

/** {@code jobs errors}. */
@Command(
        name = "errors",
        description = {
            "Group discarded jobs by what went wrong, the largest groups first.",
            "Looks at the 2,000 discarded jobs that were accepted last."
        })
final class JobsErrorsCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--queue", paramLabel = "QUEUE", description = "Only jobs of this queue.")
    private @Nullable String queue;

    @Option(names = "--kind", paramLabel = "KIND", description = "Only jobs of this kind.")
    private @Nullable String kind;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "At most so many groups, 1 to 200. Default: 50")
    private @Nullable Integer limit;

    JobsErrorsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        int wanted = limit == null ? 50 : limit;
        if (wanted < 1 || wanted > Failures.MOST_GROUPS) {
            throw MillraceException.invalid(
                    "--limit must be 1 to %d, got %d".formatted(Failures.MOST_GROUPS, wanted));
        }
        try (var store = session.openStore()) {
            Failures failures =
                    Failures.look(
                            store,
                            queue == null ? null : Names.check("--queue", queue),
                            kind == null ? null : Names.check("--kind", kind),
                            wanted);
            if (session.json()) {
                failures.groups().forEach(each -> session.print(FailuresView.json(each)));
            } else if (failures.groups().isEmpty()) {
                session.remark("no discarded jobs");
            } else {
                print(failures);
            }
            if (failures.more()) {
                session.remark(
                        "there are more: this is of the %d looked at".formatted(failures.looked()));
            }
        }
        return Exit.DONE;
    }

    private void print(Failures failures) {
        var table = new Table("COUNT", "KIND", "ERROR", "NEWEST", "JOBS", "MESSAGE");
        for (Failures.Group group : failures.groups()) {
            table.row(
                    group.count(),
                    group.kind(),
                    group.type(),
                    group.newestAt(),
                    String.join(",", group.jobs().stream().map(String::valueOf).toList()),
                    group.message().lines().findFirst().orElse(""));
        }
        table.print(session.out());
    }
}
