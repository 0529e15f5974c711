package dev.millrace.server.command;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code jobs retry}. */
@Command(
        name = "retry",
        description = {
            "Make jobs available now: discarded ones start over with attempt 1, scheduled ones keep"
                    + " theirs. Others stay as they are.",
            "With --all: every discarded job (or --state scheduled) that the filters let through."
                    + " Says how many there are; --yes does it."
        })
final class JobsRetryCommand implements Callable<Integer> {
    private static final int PAGE = 1_000;
    private static final int PREVIEW_BOUND = 10_000;

    private final Session session;

    @Parameters(paramLabel = "ID", arity = "0..*", description = "The jobs' ids.")
    private List<Long> ids = new ArrayList<>();

    @Option(names = "--all", description = "All that the filters let through.")
    private boolean all;

    @Option(names = "--yes", description = "Do it instead of counting.")
    private boolean yes;

    @Mixin private Filter filter = new Filter();

    JobsRetryCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        boolean everything = session.flag("all", all);
        if (everything == !ids.isEmpty()) {
            throw MillraceException.invalid(
                    "jobs retry must be given either ids or --all, got %s; nothing was retried"
                            .formatted(everything ? "both" : "neither"));
        }
        if (!everything && !filter.isEmpty()) {
            throw MillraceException.invalid(
                    "filters choose among --all, got them with ids; nothing was retried");
        }
        try (var store = session.openStore()) {
            return everything ? all(store) : each(store);
        }
    }

    private int each(JobStore store) {
        Map<Long, JobState.Name> found = store.retry(ids, session.clock().instant());
        boolean allThere = true;
        for (long id : ids) {
            JobState.Name state = found.get(id);
            boolean retried = state == JobState.Name.DISCARDED || state == JobState.Name.SCHEDULED;
            allThere &= state != null && (retried || state == JobState.Name.AVAILABLE);
            print(id, state, retried);
        }
        return allThere ? Exit.DONE : Exit.FAILED;
    }

    private void print(long id, JobState.@Nullable Name state, boolean retried) {
        if (session.json()) {
            session.print(
                    new JsonLine()
                            .with("id", id)
                            .with("found", state == null ? null : state.text())
                            .with("retried", retried));
        } else if (state != null && retried) {
            session.out().println("%d retried (was %s)".formatted(id, state.text()));
        } else {
            session.console()
                    .say(
                            state == null
                                    ? "no job %d in %s".formatted(id, session.address())
                                    : "job %d stays: it is %s".formatted(id, state.text()));
        }
    }

    private int all(JobStore store) {
        JobState.Name state = filter.state() == null ? JobState.Name.DISCARDED : filter.state();
        if (state != JobState.Name.DISCARDED && state != JobState.Name.SCHEDULED) {
            throw MillraceException.invalid(
                    "--state must be discarded or scheduled for a retry, got %s; nothing was"
                                    .formatted(state.text())
                            + " retried");
        }
        boolean run = session.flag("yes", yes);
        long matched = 0;
        long retried = 0;
        String cursor = null;
        try (var bar = session.bar()) {
            do {
                JobPage page = store.list(filter.filter(state), PAGE, cursor);
                List<Long> found = page.items().stream().map(JobSnapshot::id).toList();
                matched += found.size();
                if (run && !found.isEmpty()) {
                    retried +=
                            store.retry(found, session.clock().instant()).values().stream()
                                    .filter(each -> each == state)
                                    .count();
                }
                bar.show("%d %s jobs".formatted(matched, state.text()));
                cursor = page.next();
            } while (cursor != null && (run || matched < PREVIEW_BOUND));
        }
        answer(run, matched, retried, state, cursor != null);
        return Exit.DONE;
    }

    private void answer(
            boolean run, long matched, long retried, JobState.Name state, boolean more) {
        if (session.json()) {
            session.print(
                    new JsonLine()
                            .with("state", state.text())
                            .with("matched", matched)
                            .with("more", more)
                            .with("retried", run ? retried : null));
        } else if (run) {
            session.out().println("%d retried".formatted(retried));
        } else {
            session.out()
                    .println(
                            "%s%d %s jobs would be retried; --yes does it"
                                    .formatted(more ? "at least " : "", matched, state.text()));
        }
    }
}
