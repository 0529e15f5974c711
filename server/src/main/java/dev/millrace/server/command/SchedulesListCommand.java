package dev.millrace.server.command;

import dev.millrace.schedule.ScheduleSnapshot;
import dev.millrace.server.output.Table;
import dev.millrace.web.job.ScheduleView;
import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code schedules list}. */
@Command(
        name = "list",
        description = "List schedules by name, with their next tick and the last that had a job.")
final class SchedulesListCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--prefix", paramLabel = "TEXT", description = "Only names that begin so.")
    private String prefix = "";

    @Option(names = "--limit", paramLabel = "N", description = "At most so many. Default: 100")
    private int limit = 100;

    @Option(names = "--after", paramLabel = "NAME", description = "Only names after this one.")
    private @Nullable String after;

    SchedulesListCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        int most = Math.max(1, Math.min(limit, 1_000));
        try (var millrace = ScheduleActs.open(session)) {
            List<ScheduleSnapshot> found = millrace.schedules().list(prefix, after, most);
            if (session.json()) {
                found.forEach(each -> session.print(ScheduleView.json(each)));
            } else if (found.isEmpty()) {
                session.remark("no schedule is there");
            } else {
                print(found);
            }
            if (found.size() == most) {
                session.remark("there may be more: --after " + found.getLast().name());
            }
        }
        return Exit.DONE;
    }

    private void print(List<ScheduleSnapshot> found) {
        Instant now = session.clock().instant();
        var table = new Table("NAME", "WHEN", "NEXT", "LAST", "KIND", "QUEUE", "SOURCE", "PAUSED");
        for (ScheduleSnapshot each : found) {
            Instant next = each.row().state().nextAt();
            Instant last = each.row().state().lastAt();
            table.row(
                    each.name(),
                    ScheduleActs.when(each),
                    next == null ? "-" : "in " + ago(now, next),
                    last == null ? "-" : ago(last, now) + " ago",
                    each.row().terms().kind(),
                    each.row().terms().queue(),
                    each.row().terms().declared() ? "code" : "added",
                    each.row().state().paused() ? "paused" : null);
        }
        table.print(session.out());
    }

    private static String ago(Instant from, Instant to) {
        Duration between = Duration.between(from, to);
        return Durations.text(between.isNegative() ? Duration.ZERO : between);
    }
}
