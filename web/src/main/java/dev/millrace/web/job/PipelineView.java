package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.flow.Pipelines;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

/** How pipelines are shown. */
public final class PipelineView {
    private static final Schema STEP =
            Schema.object(
                    "PipelineStep",
                    "A step as it stands. A count equal to countedTo means at least that; where a"
                            + " queue is shared, the counts are the queue's.",
                    must("name", Schema.name200(), "Its name."),
                    must("kind", Schema.name200(), "Of its jobs."),
                    must("queue", Schema.name200(), "Where its items wait."),
                    must("joins", Schema.bool(), "Whether it gathers an item's parts."),
                    must("backlog", Schema.count(), "The step before pauses at so many; 0: never."),
                    must("waiting", Schema.count(), "Items that wait for a worker or a limit."),
                    must("later", Schema.count(), "Items tried again later."),
                    must("running", Schema.count(), "Items at work."),
                    must("failed", Schema.count(), "Items set aside here."),
                    must("countedTo", Schema.count(), "Where counting stops."),
                    must("perMinute", Schema.number(), "Items that left it well, lately."),
                    may("left", Schema.duration(), "For what waits and runs, at that rate."));

    /** What is written. */
    public static final Schema PIPELINE =
            Schema.object(
                    "Pipeline",
                    "A pipeline as it stands.",
                    must("name", Schema.name200(), "Its name."),
                    must("steps", Schema.list(STEP), "In their order."));

    private PipelineView() {}

    /** A pipeline as programs read it. */
    public static JsonLine json(Pipelines.Look look) {
        return new JsonLine()
                .with("name", look.name())
                .with("steps", look.steps().stream().map(PipelineView::json).toList());
    }

    private static JsonLine json(Pipelines.StepLook look) {
        return new JsonLine()
                .with("name", look.step().name())
                .with("kind", look.step().kind())
                .with("queue", look.step().queue())
                .with("joins", look.step().joins())
                .with("backlog", look.step().backlog())
                .with("waiting", look.waiting())
                .with("later", look.later())
                .with("running", look.running())
                .with("failed", look.failed())
                .with("countedTo", QueueSnapshot.COUNT_BOUND)
                .with("perMinute", look.perMinute())
                .withKnown("left", look.left() == null ? null : Durations.text(look.left()));
    }
}
