package dev.millrace.server.command;

import dev.millrace.job.MillraceException;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.ArrayList;
import java.util.List;

/** The jobs an action is about: ids, or all that the filters let through. */
final class Selection {
    @Parameters(paramLabel = "ID", arity = "0..*", description = "The jobs' ids.")
    private List<Long> ids = new ArrayList<>();

    @Option(
            names = "--all",
            description =
                    "All that the filters let through: counts them first, then asks; where nobody"
                            + " can answer, --yes is needed.")
    private boolean all;

    @Option(names = "--yes", description = "Do it without asking.")
    private boolean yes;

    @Mixin private Filter filter = new Filter();

    /** Whether filters choose; refuses what is neither ids nor filters. */
    boolean isFiltered(Session session, String command) {
        boolean everything = session.flag("all", all);
        if (everything == !ids.isEmpty()) {
            throw MillraceException.invalid(
                    "%s must be given either ids or --all, got %s; nothing was done"
                            .formatted(command, everything ? "both" : "neither"));
        }
        if (!everything && !filter.isEmpty()) {
            throw MillraceException.invalid(
                    "filters choose among --all, got them with ids; nothing was done");
        }
        return everything;
    }

    boolean isAgreed(Session session) {
        return session.flag("yes", yes);
    }

    List<Long> ids() {
        return ids;
    }

    Filter filter() {
        return filter;
    }
}
