package dev.millrace.web.job;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobReport;
import dev.millrace.job.Json;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.RawJson;
import dev.millrace.job.StepRecord;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.TreeMap;

/** How what jobs left behind while they ran is shown. */
public final class ReportView {
    private static final Json JSON = new Json();

    private ReportView() {}

    /** Adds what a job left behind to the job; nothing is said of what it did not leave. */
    static void add(JsonLine line, JobReport report, Hiding.Of hidden) {
        Progress progress = report.progress();
        line.withKnown("progress", progress == null ? null : json(progress, hidden));
        Checkpoint checkpoint = report.checkpoint();
        if (checkpoint != null) {
            line.with("checkpoint", new RawJson(hidden.json(cursor(checkpoint).text())));
            line.with("checkpointAt", checkpoint.at());
        }
        if (!report.steps().isEmpty()) {
            line.with("steps", report.steps().stream().map(each -> json(each, hidden)).toList());
        }
        if (!report.log().isEmpty()) {
            line.with("log", report.log().stream().map(each -> json(each, hidden)).toList());
        }
        var stack = report.stack();
        if (stack != null) {
            line.with(
                    "stack",
                    new JsonLine().with("at", stack.at()).with("text", hidden.text(stack.text())));
        }
    }

    /** How far a job has come, as programs read it; {@code total} is missing when unknown. */
    public static JsonLine json(Progress progress) {
        return json(progress, Hiding.NOTHING.of("", "null"));
    }

    /** The same without what is hidden. */
    public static JsonLine json(Progress progress, Hiding.Of hidden) {
        return new JsonLine()
                .with("done", progress.done())
                .withKnown("total", progress.total() == 0 ? null : progress.total())
                .withKnown("message", hidden.known(progress.message()))
                .withKnown("perSecond", progress.perSecond() == 0 ? null : progress.perSecond())
                .withKnown(
                        "secondsLeft", progress.left().map(left -> left.toSeconds()).orElse(null))
                .with("at", progress.at());
    }

    /**
     * The cursor that a handler left, or the cursors of its walks by name: without the versions
     * that are kept with them. A text that is not of the engine's making is shown as it is.
     */
    public static RawJson cursor(Checkpoint checkpoint) {
        Map<String, String> cursors = new TreeMap<>(JSON.members("checkpoint", checkpoint.text()));
        cursors.replaceAll((name, kept) -> {
            String cursor = JSON.members("cursor", kept).get("c");
            return cursor == null ? kept : cursor;
        });
        @Nullable String own = cursors.get("");
        if (own != null && cursors.size() == 1) {
            return new RawJson(own);
        }
        var shown = new JsonLine();
        cursors.forEach((name, cursor) -> shown.with(name, new RawJson(cursor)));
        return new RawJson(shown.toString());
    }

    private static JsonLine json(StepRecord step, Hiding.Of hidden) {
        return new JsonLine()
                .with("name", hidden.text(step.name()))
                .with("result", new RawJson(hidden.json(step.result())))
                .with("tries", step.tries())
                .with("at", step.at());
    }

    private static JsonLine json(LogLine line, Hiding.Of hidden) {
        return new JsonLine()
                .with("at", line.at())
                .with("level", line.level().text())
                .with("message", hidden.text(line.message()));
    }
}
