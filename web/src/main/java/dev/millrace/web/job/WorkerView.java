package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.store.WorkerSnapshot;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** How workers are shown. */
public final class WorkerView {
    /** What is written. */
    public static final Schema WORKER =
            Schema.object(
                    "Worker",
                    "A registered worker.",
                    must("id", Schema.count(), "Its id."),
                    must("name", Schema.text(), "Its host and process."),
                    must("version", Schema.text(), "Of Millrace."),
                    must(
                            "state",
                            Schema.oneOf("alive", "draining", "silent", "dead"),
                            "Draining: claims nothing more. Silent: no beat for 30 s. Dead: others"
                                    + " take its jobs over."),
                    must("queues", Schema.map(Schema.count()), "What it serves, with its slots."),
                    may(
                            "running",
                            Schema.count(),
                            "Jobs it runs; left out for those who may not see all its queues."),
                    may("stuck", Schema.count(), "Threads given up that will not end."),
                    may(
                            "lease",
                            Schema.duration(),
                            "How long its beat may stand still, where it works over HTTP."),
                    must("startedAt", Schema.moment(), "When it started."),
                    may("lastBeatAt", Schema.moment(), "By its own clock; not in events."));

    private WorkerView() {}

    /** A worker as programs read it. */
    public static JsonLine json(WorkerSnapshot worker, JobView view) {
        return new JsonLine()
                .with("id", worker.id())
                .with("name", worker.name())
                .with("version", worker.version())
                .with("state", state(worker, view))
                .with("queues", new TreeMap<>(worker.queues()))
                .with("running", worker.running())
                .withKnown("stuck", worker.stuck() == 0 ? null : worker.stuck())
                .withKnown("lease", worker.lease() == null ? null : Durations.exact(worker.lease()))
                .with("startedAt", worker.startedAt())
                .with("lastBeatAt", worker.lastBeatAt());
    }

    /**
     * A worker as programs read it who may see some queues only: with these alone, and without what
     * tells of others; empty when it serves none of them.
     */
    public static Optional<JsonLine> json(
            WorkerSnapshot worker, JobView view, Predicate<String> sees) {
        var queues = new TreeMap<>(worker.queues());
        if (queues.keySet().stream().allMatch(sees)) {
            return Optional.of(json(worker, view));
        }
        queues.keySet().removeIf(sees.negate());
        return queues.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        json(worker, view)
                                .with("queues", queues)
                                .without("running")
                                .without("stuck"));
    }

    /**
     * Alive, draining (claims nothing more), silent (no beat for 30 s, or for its lease where that
     * is longer) or dead (others take its jobs over).
     */
    public static String state(WorkerSnapshot worker, JobView view) {
        if (worker.dead()) {
            return "dead";
        }
        return !view.isLive(worker) ? "silent" : worker.draining() ? "draining" : "alive";
    }
}
