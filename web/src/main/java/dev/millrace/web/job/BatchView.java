package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/** How batches, items of pipelines among them, are shown. */
public final class BatchView {
    /** What is written of a batch. */
    public static final Schema BATCH =
            Schema.object(
                    "Batch",
                    "Jobs that belong together; an item of a pipeline is one too.",
                    must("id", Schema.count(), "Its number."),
                    must("name", Schema.name200(), "What it is called; an item's pipeline."),
                    may("key", Schema.name200(), "An item's key."),
                    may("parent", Schema.count(), "The batch that it is a member of."),
                    must(
                            "state",
                            Schema.oneOf(
                                    Arrays.stream(BatchState.values())
                                            .map(BatchState::text)
                                            .toList()),
                            "Where it stands."),
                    must("cancelling", Schema.bool(), "Whether what is left is being cancelled."),
                    must("createdAt", Schema.moment(), "When it was accepted."),
                    must("endedAt", Schema.moment().orNull(), "When the last member had ended."),
                    must("added", Schema.count(), "Members in all."),
                    must("open", Schema.count(), "Members that have not ended."),
                    must("completed", Schema.count(), "Members that completed."),
                    must("failed", Schema.count(), "Members that were discarded."),
                    must("cancelled", Schema.count(), "Members cancelled or expired."),
                    may("onDone", Schema.count(), "The job that waits for all to end."),
                    may("onCompleted", Schema.count(), "The job that waits for all to complete."),
                    may("onFailed", Schema.count(), "The job that waits for the first failure."));

    /** What is written of a member. */
    public static final Schema MEMBER =
            Schema.object(
                    "BatchMember",
                    "A member of a batch.",
                    must("id", Schema.count(), "The job, or the batch."),
                    must("nested", Schema.bool(), "Whether it is a batch."),
                    must(
                            "state",
                            Schema.oneOf(
                                    Arrays.stream(BatchMember.State.values())
                                            .map(BatchMember.State::text)
                                            .toList()),
                            "How its batch counts it."));

    private BatchView() {}

    /** A batch as programs read it. */
    public static JsonLine json(BatchSnapshot batch) {
        return new JsonLine()
                .with("id", batch.id())
                .with("name", batch.name())
                .withKnown("key", batch.key())
                .withKnown("parent", known(batch.parent()))
                .with("state", batch.state().text())
                .with("cancelling", batch.cancelling())
                .with("createdAt", batch.createdAt())
                .with("endedAt", batch.endedAt())
                .with("added", batch.added())
                .with("open", batch.open())
                .with("completed", batch.completed())
                .with("failed", batch.failed())
                .with("cancelled", batch.cancelled())
                .withKnown("onDone", known(batch.onDone()))
                .withKnown("onCompleted", known(batch.onCompleted()))
                .withKnown("onFailed", known(batch.onFailed()));
    }

    /** A member as programs read it. */
    public static JsonLine json(BatchMember member) {
        return new JsonLine()
                .with("id", member.id())
                .with("nested", member.nested())
                .with("state", member.state().text());
    }

    private static @Nullable Long known(long id) {
        return id == 0 ? null : id;
    }
}
