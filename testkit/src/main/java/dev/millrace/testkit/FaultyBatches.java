package dev.millrace.testkit;

import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchPlace;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;
import dev.millrace.store.BatchStep;
import dev.millrace.store.BatchStore;
import dev.millrace.store.NewBatch;
import dev.millrace.store.NewItem;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Batches behind a {@link FaultyStore}. */
final class FaultyBatches implements BatchStore {
    private final FaultyStore faults;
    private final BatchStore batches;

    FaultyBatches(FaultyStore faults, BatchStore batches) {
        this.faults = faults;
        this.batches = batches;
    }

    @Override
    public void create(NewBatch batch, boolean resend) {
        faults.run("create", () -> batches.create(batch, resend));
    }

    @Override
    public List<Boolean> submit(List<NewItem> items, boolean resend) {
        return faults.call("submit", () -> batches.submit(items, resend));
    }

    @Override
    public void add(long batchId, List<NewJob> jobs, boolean resend) {
        faults.run("add", () -> batches.add(batchId, jobs, resend));
    }

    @Override
    public boolean close(long batchId) {
        return faults.call("close", () -> batches.close(batchId));
    }

    @Override
    public Optional<BatchState> cancel(long batchId) {
        return faults.call("cancel", () -> batches.cancel(batchId));
    }

    @Override
    public List<Long> cancelling(int max) {
        return faults.call("cancelling", () -> batches.cancelling(max));
    }

    @Override
    public BatchStep settle(Instant now, int max) {
        return faults.call("settle", () -> batches.settle(now, max));
    }

    @Override
    public BatchPlace sweep(BatchPlace after, int max) {
        return faults.call("sweep", () -> batches.sweep(after, max));
    }

    @Override
    public Optional<BatchSnapshot> find(long batchId) {
        return faults.call("find", () -> batches.find(batchId));
    }

    @Override
    public Optional<BatchSnapshot> item(String pipeline, String key) {
        return faults.call("item", () -> batches.item(pipeline, key));
    }

    @Override
    public List<BatchSnapshot> list(BatchFilter filter, long before, int max) {
        return faults.call("list", () -> batches.list(filter, before, max));
    }

    @Override
    public List<BatchMember> members(
            long batchId, BatchMember.@Nullable State state, long after, int max) {
        return faults.call("members", () -> batches.members(batchId, state, after, max));
    }

    @Override
    public int prune(Instant endedBefore, int max) {
        return faults.call("prune", () -> batches.prune(endedBefore, max));
    }

    @Override
    public void declare(String pipeline, String plan) {
        faults.run("declare", () -> batches.declare(pipeline, plan));
    }

    @Override
    public Map<String, String> plans() {
        return faults.call("plans", batches::plans);
    }
}
