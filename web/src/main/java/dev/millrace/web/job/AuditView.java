package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.job.RawJson;
import dev.millrace.store.AuditEntry;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

/** How what was done is shown. */
public final class AuditView {
    /** What is written. */
    public static final Schema ENTRY =
            Schema.object(
                    "AuditEntry",
                    "Something that was done.",
                    must("id", Schema.count(), "Later ones have larger ones."),
                    must("at", Schema.moment(), "When."),
                    must("who", Schema.text().orNull(), "Who; null where access is open."),
                    must("role", Schema.text(), "The most they may do anywhere."),
                    must("action", Schema.text(), "The operation, by its id here."),
                    must("target", Schema.text(), "To what."),
                    must("before", Schema.any(), "How that stood; null when nothing is told."),
                    must("after", Schema.any(), "How it stands then, or what was asked for."),
                    must("address", Schema.text(), "Where the request came from."));

    private AuditView() {}

    /** An entry as programs read it. */
    public static JsonLine json(AuditEntry entry) {
        return new JsonLine()
                .with("id", entry.id())
                .with("at", entry.at())
                .with("who", entry.who().isEmpty() ? null : entry.who())
                .with("role", entry.role())
                .with("action", entry.action())
                .with("target", entry.target())
                .with("before", entry.before() == null ? null : new RawJson(entry.before()))
                .with("after", entry.after() == null ? null : new RawJson(entry.after()))
                .with("address", entry.address());
    }
}
