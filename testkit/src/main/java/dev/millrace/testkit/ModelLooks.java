package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Whether a store shows what the plain model shows. */
final class ModelLooks {
    private final JobStore store;
    private final MemoryStore model;
    private final AnswerCheck check;
    private final Random random;
    private final Map<Long, Long> modelIds;

    /**
     * @param modelIds the model's worker id for each of the store's
     */
    ModelLooks(
            JobStore store,
            MemoryStore model,
            AnswerCheck check,
            Random random,
            Map<Long, Long> modelIds) {
        this.store = store;
        this.model = model;
        this.check = check;
        this.random = random;
        this.modelIds = modelIds;
    }

    void job(long id) {
        var real = store.find(id).map(found -> check.translated(found, this::modelId));
        var same = model.find(id).map(found -> check.translated(found, worker -> worker));
        assertThat(real).isEqualTo(same);
    }

    /** Worker 0 is nobody, in both. */
    private long modelId(long real) {
        return real == 0 ? 0 : modelIds.getOrDefault(real, -1L);
    }

    void queues() {
        var real = store.queues().stream().map(AnswerCheck::withoutAge).toList();
        assertThat(real).isEqualTo(model.queues().stream().map(AnswerCheck::withoutAge).toList());
    }

    void workers() {
        assertThat(store.workers().stream().map(w -> w.name() + w.dead() + w.running()))
                .isEqualTo(
                        model.workers().stream()
                                .map(w -> w.name() + w.dead() + w.running())
                                .toList());
    }

    void ended(List<NewJob> jobs) {
        var ids = jobs.stream().map(NewJob::id).toList();
        assertThat(store.ended(ids)).isEqualTo(model.ended(ids));
    }

    void list(JobFilter filter) {
        int limit = 1 + random.nextInt(50);
        var real = check.ids(store, filter, limit);
        assertThat(real).containsExactlyInAnyOrderElementsOf(check.ids(model, filter, 1000));
        assertThat(idsOnly(filter, limit)).as("ids, %s", filter).isEqualTo(real);
    }

    private List<Long> idsOnly(JobFilter filter, int limit) {
        var ids = new ArrayList<Long>();
        String cursor = null;
        do {
            var page = store.ids(filter, limit, cursor);
            ids.addAll(page.ids());
            cursor = page.next();
        } while (cursor != null);
        return ids;
    }

    void all(List<NewJob> jobs) {
        jobs.forEach(job -> job(job.id()));
        queues();
        workers();
        list(JobFilter.all());
    }
}
