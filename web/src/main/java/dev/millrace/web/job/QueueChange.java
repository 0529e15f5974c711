package dev.millrace.web.job;

import dev.millrace.store.QueueControl;

/**
 * A change of what is set on a queue: {@code {"paused": true, "limit": 10}}; what is not said stays
 * as it is, a limit of {@code null} means none.
 */
public final class QueueChange {
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
