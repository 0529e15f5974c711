package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import static java.util.stream.Collectors.joining;

import dev.millrace.admin.BulkAction;
import dev.millrace.admin.JobQuery;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.store.JobFilter;
import dev.millrace.web.schema.Schema;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * An action on many jobs: {@code {"action": "cancel", "filter": {"queue": "mail"}, "dryRun":
 * true}}.
 *
 * @param action what is done
 * @param filter to which jobs
 * @param q the search that the filter was said by, as it was said; empty for none
 * @param dryRun whether only to say what would be done
 * @param reason for the history of cancelled jobs
 */
public record ManyBody(
        BulkAction.Kind action, JobFilter filter, String q, boolean dryRun, String reason) {
    /** What is read. */
    public static final Schema SHAPE =
            Schema.input(
                    "ManyJobs",
                    "An action on every job that matches.",
                    must(
                            "action",
                            Schema.oneOf(
                                    Arrays.stream(BulkAction.Kind.values())
                                            .map(BulkAction.Kind::text)
                                            .toList()),
                            "What is done."),
                    must(
                            "filter",
                            Schema.input(
                                    "JobFilter",
                                    "Which jobs; {} means every one.",
                                    may("state", JobShape.STATE.orNull(), "In this state."),
                                    may("queue", Schema.text().orNull(), "Of this queue."),
                                    may("kind", Schema.text().orNull(), "Of this kind."),
                                    may("tag", Schema.text().orNull(), "With this tag."),
                                    may(
                                            "q",
                                            Schema.text().orNull(),
                                            "That this search finds, by qualifiers only.")),
                            "To which jobs."),
                    may("dryRun", Schema.bool().orNull(), "Only say what would be done."),
                    may(
                            "reason",
                            Schema.text().orNull(),
                            "Kept in the history of cancelled jobs."));

    /**
     * Reads an action.
     *
     * @throws InvalidJob naming what is wrong
     */
    public static ManyBody read(String text) {
        var body = ObjectBody.read("the body", text, "action", "filter", "dryRun", "reason");
        if (!body.says("filter")) {
            throw body.refused("filter", "'filter' must be said; {} means every job");
        }
        var filter = body.object("filter", "state", "queue", "kind", "tag", "q");
        String said = filter.text("q");
        String reason = body.text("reason");
        return new ManyBody(
                action(body),
                filter(filter),
                said == null ? "" : said,
                Boolean.TRUE.equals(body.bool("dryRun")),
                reason == null ? "cancelled with others over HTTP" : reason);
    }

    private static JobFilter filter(ObjectBody filter) {
        String q = filter.text("q");
        var plain =
                new JobFilter(
                        state(filter),
                        filter.text("queue"),
                        filter.text("kind"),
                        filter.text("tag"));
        JobQuery query;
        try {
            query = JobQuery.parse(q == null ? "" : q).and(plain);
        } catch (MillraceException e) {
            throw filter.refused("q", String.valueOf(e.getMessage()));
        }
        if (query.word() != null) {
            throw filter.refused(
                    "q",
                    "'q' must say by qualifiers which jobs are meant, such as tag:spring, got the"
                            + " word '%s'; name a single job in the path"
                                    .formatted(StrictJson.shortened(query.word())));
        }
        return query.filter();
    }

    private static BulkAction.Kind action(ObjectBody body) {
        String said = body.text("action");
        for (BulkAction.Kind kind : BulkAction.Kind.values()) {
            if (kind.text().equals(said)) {
                return kind;
            }
        }
        throw body.refused(
                "action",
                "'action' must be cancel, retry or delete, got %s"
                        .formatted(said == null ? "nothing" : StrictJson.shortened(said)));
    }

    private static JobState.@Nullable Name state(ObjectBody filter) {
        String said = filter.text("state");
        if (said == null) {
            return null;
        }
        for (JobState.Name state : JobState.Name.values()) {
            if (state.text().equals(said)) {
                return state;
            }
        }
        throw filter.refused(
                "state",
                "'state' must be one of %s, got %s"
                        .formatted(
                                Arrays.stream(JobState.Name.values())
                                        .map(JobState.Name::text)
                                        .collect(joining(", ")),
                                StrictJson.shortened(said)));
    }
}
