package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.admin.BulkAction;
import dev.millrace.job.JobState;
import dev.millrace.store.JobStore;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What {@code jobs cancel}, {@code retry} and {@code delete} have in common. */
final class JobActs {
    private static final int AT_ONCE = 1_000;

    private final Session session;
    private final Selection selection;
    private final BulkAction.Kind kind;
    private final String reason;

    JobActs(Session session, Selection selection, BulkAction.Kind kind, String reason) {
        this.session = session;
        this.selection = selection;
        this.kind = kind;
        this.reason = reason;
    }

    /** What was done to a job, as people write it. */
    static String done(BulkAction.Kind kind) {
        return switch (kind) {
            case CANCEL -> "cancelled";
            case RETRY -> "retried";
            case DELETE -> "deleted";
        };
    }

    /** Does it and answers the exit code. */
    int call() throws InterruptedException {
        if (selection.isFiltered(session, "jobs " + kind.text())) {
            return new BulkRun(session, selection, kind, reason).call();
        }
        try (var millrace =
                Millrace.builder().clock(session.clock()).store(session.openStore()).start()) {
            return each(millrace.store(), selection.ids());
        }
    }

    private int each(JobStore store, List<Long> ids) {
        boolean allAsWanted = true;
        for (int from = 0; from < ids.size(); from += AT_ONCE) {
            List<Long> some = ids.subList(from, Math.min(ids.size(), from + AT_ONCE));
            Map<Long, JobState.Name> found = act(store, some, session.clock().instant());
            for (long id : some) {
                JobState.Name state = found.get(id);
                allAsWanted &= state != null && (moves(state) || isAsWanted(state));
                print(id, state);
            }
        }
        return allAsWanted ? Exit.DONE : Exit.FAILED;
    }

    private Map<Long, JobState.Name> act(JobStore store, List<Long> ids, Instant now) {
        return switch (kind) {
            case CANCEL -> store.cancel(ids, reason, now);
            case RETRY -> store.retry(ids, now);
            case DELETE -> store.delete(ids);
        };
    }

    private boolean moves(JobState.Name state) {
        return kind.states().contains(state);
    }

    /** Whether a job that stays is where the action would have brought it. */
    private boolean isAsWanted(JobState.Name state) {
        return switch (kind) {
            case CANCEL -> state == JobState.Name.CANCELLED;
            case RETRY -> state == JobState.Name.AVAILABLE;
            case DELETE -> false;
        };
    }

    private void print(long id, JobState.@Nullable Name state) {
        boolean asked = kind == BulkAction.Kind.CANCEL && state == JobState.Name.RUNNING;
        boolean done = state != null && moves(state) && !asked;
        if (session.json()) {
            session.print(
                    new JsonLine()
                            .with("id", id)
                            .with("found", state == null ? null : state.text())
                            .with(done(kind), done)
                            .withKnown("asked", asked ? true : null));
        } else if (asked) {
            session.out().println("%d asked to end (it is running)".formatted(id));
        } else if (state != null && done) {
            session.out().println("%d %s (was %s)".formatted(id, done(kind), state.text()));
        } else {
            session.console()
                    .say(
                            state == null
                                    ? "no job %d in %s".formatted(id, session.address())
                                    : "job %d stays: it is %s".formatted(id, state.text()));
        }
    }
}
