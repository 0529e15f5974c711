package dev.millrace.server.demo;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.Json;
import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;
import dev.millrace.store.JobStore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The demo's items as the store has them: the one truth about what was submitted and what ended.
 * Nothing is noted beside it, so that there is nothing a kill could leave in disagreement.
 */
final class DemoItems {
    private static final int PAGE = 1_000;
    private static final int MOST_VISITS = 100;

    private final JobStore store;
    private final Json json;

    DemoItems(JobStore store, Json json) {
        this.store = store;
        this.json = json;
    }

    /**
     * How many jobs of all steps stand where; an item that has not ended has one.
     *
     * @param available wait for a worker or for the lane of their host
     * @param running taken by workers
     * @param scheduled tried again later
     * @param discarded set aside
     */
    record Counts(long available, long running, long scheduled, long discarded) {}

    /**
     * All items, newest first. Right while nobody else submits. Cost: a round trip for each
     * thousand.
     */
    List<BatchSnapshot> all() {
        var items = new ArrayList<BatchSnapshot>();
        var filter = new BatchFilter(true, GradeSteps.NAME, null);
        List<BatchSnapshot> page = store.batches().list(filter, Long.MAX_VALUE, PAGE);
        while (!page.isEmpty()) {
            items.addAll(page);
            page = store.batches().list(filter, page.getLast().id(), PAGE);
        }
        return items;
    }

    /** The same by key. */
    Map<String, BatchSnapshot> byKey() {
        var items = new HashMap<String, BatchSnapshot>();
        all().forEach(item -> items.put(String.valueOf(item.key()), item));
        return items;
    }

    /** Whether one has not ended. One round trip. */
    boolean isOpen() {
        var open = new BatchFilter(true, GradeSteps.NAME, BatchState.WAITING);
        return !store.batches().list(open, Long.MAX_VALUE, 1).isEmpty();
    }

    /** An item's jobs with their attempts, in the order of its steps. */
    List<JobSnapshot> visits(BatchSnapshot item) {
        var visits = new ArrayList<JobSnapshot>();
        for (var member : store.batches().members(item.id(), null, 0, MOST_VISITS)) {
            visits.add(
                    store.find(member.id())
                            .orElseThrow(() ->
                                    new IllegalStateException(
                                            "expected job %d to stay in the store, got nothing"
                                                    .formatted(member.id()))));
        }
        return visits;
    }

    /** What came of the last step. */
    GradeSteps.Graded result(JobSnapshot job, String text) {
        return json.read("result of job " + job.id(), text, GradeSteps.Graded.class);
    }

    /** How many jobs stand where. One round trip, exact up to 10,000 a step. */
    Counts counts() {
        long available = 0;
        long running = 0;
        long scheduled = 0;
        long discarded = 0;
        for (var queue : store.queues()) {
            if (GradeSteps.QUEUES.contains(queue.queue())) {
                available += queue.available() + queue.blocked();
                running += queue.running();
                scheduled += queue.scheduled();
                discarded += queue.discarded();
            }
        }
        return new Counts(available, running, scheduled, discarded);
    }
}
