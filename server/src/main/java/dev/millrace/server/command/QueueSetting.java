package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.job.Names;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueLimits;
import dev.millrace.web.job.QueueLimitsView;
import dev.millrace.web.text.JsonLine;

import java.util.function.Consumer;

/** Something set on a queue for the whole cluster. */
final class QueueSetting {
    private QueueSetting() {}

    /** Sets it and says how the queue stands now; answers the exit code. */
    static int apply(Session session, String queue, Consumer<Millrace> setting) {
        Names.check("queue", queue);
        try (var millrace =
                Millrace.builder().clock(session.clock()).store(session.openStore()).start()) {
            if (millrace.store().queues().stream().noneMatch(each -> each.queue().equals(queue))) {
                session.remark("queue '%s' has had no job yet".formatted(queue));
            }
            setting.accept(millrace);
            var limits = millrace.store().limits().limits().getOrDefault(queue, QueueLimits.NONE);
            print(session, queue, millrace.store().control(queue), limits);
        }
        return Exit.DONE;
    }

    private static void print(
            Session session, String queue, QueueControl control, QueueLimits limits) {
        if (session.json()) {
            var line =
                    new JsonLine()
                            .with("queue", queue)
                            .with("paused", control.paused())
                            .with("limit", control.maxRunning());
            if (!limits.isNone()) {
                QueueLimitsView.add(line, limits);
            }
            session.print(line);
        } else {
            session.out()
                    .println(
                            "%s %s, %s"
                                    .formatted(
                                            queue,
                                            control.paused() ? "is paused" : "is not paused",
                                            control.maxRunning() == null
                                                    ? "no limit"
                                                    : "at most %d at once in all processes"
                                                            .formatted(control.maxRunning())));
            QueueLimitsView.lines(limits).forEach(line -> session.out().println("  " + line));
        }
    }
}
