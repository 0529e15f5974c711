package dev.millrace.web.job;

import dev.millrace.store.WorkerSnapshot;
import dev.millrace.web.text.JsonLine;

import java.util.TreeMap;

/** How workers are shown. */
public final class WorkerView {
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
                .with("startedAt", worker.startedAt())
                .with("lastBeatAt", worker.lastBeatAt());
    }

    /** Alive, silent (no beat for 30 s) or dead (others take its jobs over). */
    public static String state(WorkerSnapshot worker, JobView view) {
        return view.isLive(worker) ? "alive" : worker.dead() ? "dead" : "silent";
    }
}
