package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;

import dev.millrace.store.QueueControl;
import dev.millrace.web.schema.Schema;

/**
 * A change of what is set on a queue: {@code {"paused": true, "limit": 10}}; what is not said stays
 * as it is, a limit of {@code null} means none.
 */
public final class QueueChange {
    /** What is read. */
    public static final Schema SHAPE =
            Schema.input(
                    "QueueChange",
                    "A change of what is set on a queue; what is not said stays as it is.",
                    may("paused", Schema.bool(), "Whether nothing of it is claimed."),
                    may(
                            "limit",
                            Schema.whole(1, 1_000_000).orNull(),
                            "How many may run in all processes; null for no limit."));

    private QueueChange() {}

    /**
     * Reads a change.
     *
     * @throws InvalidJob naming what is wrong
     */
    public static QueueControl.Change read(String text) {
        var body = ObjectBody.read("the body", text, "paused", "limit");
        return new QueueControl.Change(
                body.bool("paused"), body.says("limit"), body.whole("limit"));
    }
}
