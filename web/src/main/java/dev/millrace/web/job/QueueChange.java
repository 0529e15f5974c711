package dev.millrace.web.job;

import dev.millrace.store.QueueControl;

import org.jspecify.annotations.Nullable;

/**
 * A change of what is set on a queue: {@code {"paused": true, "limit": 10}}; what is not said stays
 * as it is, a limit of {@code null} means none.
 *
 * @param paused what is said of a pause; {@code null} when nothing
 * @param saysLimit whether anything is said of the limit
 * @param limit the limit said; {@code null} for none
 */
public record QueueChange(@Nullable Boolean paused, boolean saysLimit, @Nullable Integer limit) {

    /**
     * Reads a change.
     *
     * @throws InvalidJob naming what is wrong
     */
    public static QueueChange read(String text) {
        var body = ObjectBody.read("the body", text, "paused", "limit");
        return new QueueChange(body.bool("paused"), body.says("limit"), body.whole("limit"));
    }

    /** What is set afterwards. */
    public QueueControl applyTo(QueueControl before) {
        return new QueueControl(
                paused == null ? before.paused() : paused, saysLimit ? limit : before.maxRunning());
    }
}
