package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.job.MillraceException;
import dev.millrace.schedule.Cron;
import dev.millrace.schedule.Definition;
import dev.millrace.schedule.ScheduleSnapshot;
import dev.millrace.schedule.When;
import dev.millrace.store.TickRow;
import dev.millrace.web.job.ScheduleView;
import dev.millrace.web.text.Durations;

import java.util.List;
import java.util.Optional;

/** What the commands about schedules share. */
final class ScheduleActs {
    private static final int PREVIEWED = 10;

    private ScheduleActs() {}

    /** A process that looks and changes, and never leads. */
    static Millrace open(Session session) {
        return session.start(Millrace.builder().clock(session.clock()));
    }

    /** When a schedule ticks, in short. */
    static String when(ScheduleSnapshot schedule) {
        Definition definition = schedule.definition();
        if (definition == null) {
            return "unknown to this program";
        }
        return switch (definition.schedule().when()) {
            case Cron cron -> cron.toString();
            case When.Every every -> "every " + Durations.exact(every.distance());
            case When.AfterCompletion after -> Durations.exact(after.rest()) + " after each run";
            case When.Once once -> "once at " + once.at();
        };
    }

    /** A change of a schedule, which must be there. */
    static <T> T found(String name, Optional<T> found) {
        return found.orElseThrow(() ->
                MillraceException.invalid(
                        "a schedule of that name was expected, got '%s', which there is not;"
                                        .formatted(name)
                                + " nothing was changed"));
    }

    /** Says how a schedule stands; answers the exit code. */
    static int print(Session session, Millrace millrace, ScheduleSnapshot schedule, int runs) {
        var next = schedule.preview(PREVIEWED, session.clock().instant());
        List<TickRow> ticks = millrace.schedules().ticks(schedule, null, Math.max(1, runs));
        if (session.json()) {
            session.print(ScheduleView.json(schedule, next, ticks));
            return Exit.DONE;
        }
        var out = session.out();
        out.println(
                "%s: %s, %s in queue %s%s"
                        .formatted(
                                schedule.name(),
                                when(schedule),
                                schedule.row().terms().kind(),
                                schedule.row().terms().queue(),
                                schedule.row().state().paused() ? ", paused" : ""));
        Long awaited = schedule.row().state().awaited();
        if (awaited != null) {
            out.println("waits for the end of job " + awaited);
        }
        next.forEach(at -> out.println("next  " + at));
        for (TickRow tick : runs == 0 ? List.<TickRow>of() : ticks) {
            out.println(
                    "last  %s  %s%s"
                            .formatted(
                                    tick.at(),
                                    tick.jobId() == null
                                            ? "passed over: the job before had not ended"
                                            : "job " + tick.jobId(),
                                    tick.triggered() ? ", triggered" : ""));
        }
        return Exit.DONE;
    }
}
