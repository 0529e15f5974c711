package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.admin.Failures;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import java.util.function.Function;

/** How discarded jobs are shown, by what went wrong. */
public final class FailuresView {
    /** What is written. */
    public static final Schema ERRORS =
            Schema.items(
                    "Errors",
                    "Discarded jobs by what went wrong.",
                    Schema.object(
                            "ErrorGroup",
                            "Jobs of one kind that failed in the same way.",
                            must("type", Schema.text(), "Of the error."),
                            must("message", Schema.text(), "Of the newest."),
                            must("kind", Schema.text(), "What they do."),
                            must("count", Schema.count(), "How many of those looked at."),
                            must("newestAt", Schema.moment(), "When the last was set aside."),
                            must(
                                    "jobs",
                                    Schema.list(Schema.count()),
                                    "The ids of a few: of as many as were asked for.")),
                    must("looked", Schema.count(), "Discarded jobs looked at."),
                    must("more", Schema.bool(), "Whether there are more, jobs or groups."));

    private FailuresView() {}

    /** All groups as programs read them. */
    public static JsonLine json(Failures failures) {
        return json(failures, FailuresView::json);
    }

    /**
     * The same with groups shown otherwise.
     *
     * @param shown how a group is shown
     */
    public static JsonLine json(Failures failures, Function<Failures.Group, JsonLine> shown) {
        return new JsonLine()
                .with("looked", failures.looked())
                .with("more", failures.more())
                .with("items", failures.groups().stream().map(shown).toList());
    }

    /** A group as programs read it. */
    public static JsonLine json(Failures.Group group) {
        return new JsonLine()
                .with("type", group.type())
                .with("message", group.message())
                .with("kind", group.kind())
                .with("count", group.count())
                .with("newestAt", group.newestAt())
                .with("jobs", group.jobs());
    }
}
