package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;

import dev.millrace.store.QueueControl;
import dev.millrace.web.schema.Schema;

import java.util.Map;
import java.util.Optional;

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
                            "How many may run in all processes; null for no limit."),
                    may(
                            "perKey",
                            Schema.map(Schema.whole(1, 1_000_000).orNull()),
                            "By the name of a key, how many jobs with the same value of it may run"
                                    + " in all processes; null for no limit."));

    private QueueChange() {}

    /**
     * Reads a change.
     *
     * @throws InvalidJob naming what is wrong
     */
    public static QueueControl.Change read(String text) {
        var body = body(text);
        return new QueueControl.Change(
                body.bool("paused"), body.says("limit"), body.whole("limit"));
    }

    /**
     * Reads what it says of limits by key, by name; empty for no limit.
     *
     * @throws InvalidJob naming what is wrong
     */
    public static Map<String, Optional<Integer>> perKey(String text) {
        return body(text).wholes("perKey");
    }

    private static ObjectBody body(String text) {
        return ObjectBody.read("the body", text, "paused", "limit", "perKey");
    }
}
