package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.job.JobRequest;
import dev.millrace.job.RawJson;
import dev.millrace.schedule.Cron;
import dev.millrace.schedule.Definition;
import dev.millrace.schedule.Misfire;
import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.ScheduleSnapshot;
import dev.millrace.schedule.When;
import dev.millrace.store.ScheduleState;
import dev.millrace.store.TickRow;
import dev.millrace.web.schema.Member;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How schedules are shown. */
public final class ScheduleView {
    private static final Schema WHEN =
            Schema.object(
                    "When",
                    "When a schedule ticks.",
                    must(
                            "type",
                            Schema.oneOf("cron", "every", "after-completion", "once", "unknown"),
                            "Unknown: a newer program wrote it."),
                    may("cron", Schema.text(), "The expression."),
                    may("zone", Schema.text(), "By the clocks of which place."),
                    may(
                            "gap",
                            Schema.oneOf("skip", "run-after"),
                            "What becomes of local times that do not exist."),
                    may(
                            "twice",
                            Schema.oneOf("once", "twice"),
                            "What becomes of local times that come twice."),
                    may("every", Schema.duration(), "From tick to tick."),
                    may("rest", Schema.duration(), "From the end of a run to the next tick."),
                    may("jitter", Schema.duration(), "A random part of it is added to each rest."),
                    may("at", Schema.moment(), "The one moment."));

    private static final Schema TICK =
            Schema.object(
                    "Tick",
                    "A tick that happened.",
                    must("at", Schema.moment(), "Its moment."),
                    must(
                            "job",
                            Schema.count().orNull(),
                            "What it enqueued; null when it was passed over, since the job before"
                                    + " had not ended."),
                    must("triggered", Schema.bool(), "Whether somebody asked for it."));

    /** What is written of each in a list. */
    public static final Schema SCHEDULE =
            Schema.object("Schedule", "A schedule as it stands.", members());

    /** What is written of one alone. */
    public static final Schema DETAIL =
            Schema.object("ScheduleDetail", "A schedule with its ticks.", detail());

    private static final int BRIEF = 1_000;

    private ScheduleView() {}

    private static Member[] members() {
        return new Member[] {
            must("name", Schema.name200(), "Its name."),
            must("kind", Schema.name200(), "Of its jobs."),
            must("queue", Schema.name200(), "Of its jobs."),
            must("when", WHEN, "When it ticks."),
            may(
                    "misfire",
                    Schema.oneOf("skip", "run-once", "catch-up"),
                    "What becomes of ticks that nobody was there to enqueue."),
            may("window", Schema.duration(), "How far back missed ticks are caught up with."),
            may(
                    "overlap",
                    Schema.oneOf("allow", "skip", "queue-one", "cancel-previous"),
                    "What a tick does while the job before has not ended."),
            may("start", Schema.moment(), "No tick before it."),
            may("end", Schema.moment(), "No tick after it."),
            must("paused", Schema.bool(), "Whether it does not tick."),
            must("source", Schema.oneOf("code", "added"), "Who made it."),
            must("version", Schema.count(), "Of its declaration in code."),
            must("nextAt", Schema.moment().orNull(), "Its next tick."),
            must("lastAt", Schema.moment().orNull(), "The last tick that had a job."),
            must("lastJob", Schema.count().orNull(), "That job."),
            must("waitsFor", Schema.count().orNull(), "The job whose end it waits for."),
            may("payload", Schema.any(), "Of its jobs."),
            may("priority", Schema.whole(0, 9), "Of its jobs."),
            may("tags", Schema.list(Schema.text()), "Of its jobs."),
            must("createdAt", Schema.moment(), "When it was made."),
            must("changedAt", Schema.moment(), "When it was last changed.")
        };
    }

    private static Member[] detail() {
        var members = new ArrayList<>(List.of(members()));
        members.add(must("next", Schema.list(Schema.moment()), "The next ten ticks."));
        members.add(must("runs", Schema.list(TICK), "The last ticks, the latest first."));
        return members.toArray(new Member[0]);
    }

    /** A schedule as programs read it, with its whole payload. */
    public static JsonLine json(ScheduleSnapshot schedule) {
        return json(schedule, Hiding.NOTHING);
    }

    /** A schedule as programs read it, without what is hidden of its payload. */
    public static JsonLine json(ScheduleSnapshot schedule, Hiding hiding) {
        ScheduleState state = schedule.row().state();
        var line =
                new JsonLine()
                        .with("name", schedule.name())
                        .with("kind", schedule.row().terms().kind())
                        .with("queue", schedule.row().terms().queue());
        Definition definition = schedule.definition();
        if (definition == null) {
            line.with("when", new JsonLine().with("type", "unknown"));
        } else {
            terms(line, definition.schedule());
        }
        line.with("paused", state.paused())
                .with("source", schedule.row().terms().declared() ? "code" : "added")
                .with("version", schedule.row().terms().version())
                .with("nextAt", state.nextAt())
                .with("lastAt", state.lastAt())
                .with("lastJob", state.lastJob())
                .with("waitsFor", state.awaited());
        if (definition != null) {
            JobRequest<RawJson> request = definition.request();
            String payload = request.payload().text();
            Hiding.Of hidden = hiding.of(request.task().kind(), payload);
            line.with("payload", new RawJson(hidden.json(payload)))
                    .with("priority", request.priority())
                    .withKnown(
                            "tags", request.tags().isEmpty() ? null : hidden.texts(request.tags()));
        }
        return line.with("createdAt", schedule.row().createdAt())
                .with("changedAt", schedule.row().changedAt());
    }

    /**
     * What somebody decides of a schedule, for the audit log; a payload of more than {@value
     * #BRIEF} characters is left out.
     */
    public static JsonLine brief(ScheduleSnapshot schedule, Hiding hiding) {
        var line =
                new JsonLine()
                        .with("kind", schedule.row().terms().kind())
                        .with("queue", schedule.row().terms().queue());
        Definition definition = schedule.definition();
        if (definition != null) {
            terms(line, definition.schedule());
            JobRequest<RawJson> request = definition.request();
            String payload = request.payload().text();
            String shown = hiding.of(request.task().kind(), payload).json(payload);
            line.with("priority", request.priority())
                    .withKnown("payload", shown.length() > BRIEF ? null : new RawJson(shown))
                    .withKnown("payloadChars", shown.length() > BRIEF ? shown.length() : null);
        }
        return line.with("paused", schedule.row().state().paused());
    }

    private static void terms(JsonLine line, Schedule schedule) {
        line.with("when", when(schedule.when()));
        switch (schedule.misfire()) {
            case Misfire.Skip skip -> line.with("misfire", "skip");
            case Misfire.RunOnce once -> line.with("misfire", "run-once");
            case Misfire.CatchUp catchUp ->
                    line.with("misfire", "catch-up")
                            .with("window", Durations.exact(catchUp.window()));
        }
        line.with("overlap", name(schedule.overlap()))
                .withKnown("start", schedule.start())
                .withKnown("end", schedule.end());
    }

    private static JsonLine when(When when) {
        return switch (when) {
            case Cron cron ->
                    new JsonLine()
                            .with("type", "cron")
                            .with("cron", cron.expression())
                            .with("zone", cron.zone().getId())
                            .with("gap", name(cron.dst().gap()))
                            .with("twice", name(cron.dst().overlap()));
            case When.Every every ->
                    new JsonLine()
                            .with("type", "every")
                            .with("every", Durations.exact(every.distance()));
            case When.AfterCompletion after ->
                    new JsonLine()
                            .with("type", "after-completion")
                            .with("rest", Durations.exact(after.rest()))
                            .with("jitter", Durations.exact(after.jitter()));
            case When.Once once -> new JsonLine().with("type", "once").with("at", once.at());
        };
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A schedule with its ticks, past and to come, and its whole payload. */
    public static JsonLine json(
            ScheduleSnapshot schedule, List<Instant> next, List<TickRow> ticks) {
        return json(schedule, next, ticks, Hiding.NOTHING);
    }

    /** A schedule with its ticks, past and to come, without what is hidden of its payload. */
    public static JsonLine json(
            ScheduleSnapshot schedule, List<Instant> next, List<TickRow> ticks, Hiding hiding) {
        return json(schedule, hiding)
                .with("next", next)
                .with(
                        "runs",
                        ticks.stream()
                                .map(tick ->
                                        new JsonLine()
                                                .with("at", tick.at())
                                                .with("job", tick.jobId())
                                                .with("triggered", tick.triggered()))
                                .toList());
    }
}
