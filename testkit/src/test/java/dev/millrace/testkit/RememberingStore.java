package dev.millrace.testkit;

import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.NewJob;
import dev.millrace.testkit.MemoryState.Waiting;
import dev.millrace.testkit.model.SlowCommit;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;

/**
 * A store as engines build them: an enqueue draws its place before it commits, and a claim begins
 * at the place where the worker's last one ended unless it sweeps. A forgetful one never sweeps.
 */
class RememberingStore extends MemoryStore implements SlowCommit {
    private record Begun(NewJob job, long entry) {}

    private final boolean sweeps;
    private final TreeMap<Long, Begun> begun = new TreeMap<>();
    private final TreeMap<Long, Long> floors = new TreeMap<>();

    RememberingStore(MemoryState state, boolean sweeps) {
        super(state);
        this.sweeps = sweeps;
    }

    @Override
    public MemoryStore copy() {
        var copy = new RememberingStore(state.copy(), sweeps);
        copy.begun.putAll(begun);
        copy.floors.putAll(floors);
        return copy;
    }

    @Override
    public void begin(NewJob job) {
        begun.put(job.id(), new Begun(job, ++state.lastEntry));
    }

    @Override
    public void commit(long jobId) {
        var late = begun.remove(jobId);
        if (late == null) {
            throw new IllegalStateException("job %d was not begun".formatted(jobId));
        }
        var job = late.job();
        state.bodies.put(jobId, job);
        state.place(new Waiting(job.queue(), job.priority(), late.entry(), jobId, 1, 0));
    }

    @Override
    public List<ClaimedJob> claim(ClaimRequest request) {
        var entries = new TreeMap<Long, Long>();
        state.waiting.forEach(row -> entries.put(row.jobId(), row.entry()));
        var claimed = super.claim(request);
        for (var job : claimed) {
            floors.merge(request.workerId(), entries.get(job.id()), Math::max);
        }
        return claimed;
    }

    @Override
    List<Long> choose(ClaimRequest request) {
        long floor = floors.getOrDefault(request.workerId(), 0L);
        boolean all = sweeps && request.sweep();
        var rows = new MemoryLists(state).waitingIn(request.queue(), request.kinds());
        return rows.filter(row -> all || row.entry() > floor)
                .limit(request.max())
                .map(Waiting::jobId)
                .toList();
    }

    /** Only the order of entries and floors matters, since new entries are beyond them all. */
    @Override
    public String outline(LongFunction<Integer> claimNames) {
        var entries = new TreeSet<Long>();
        state.waiting.forEach(row -> entries.add(row.entry()));
        begun.values().forEach(late -> entries.add(late.entry()));
        var text = new ArrayList<String>();
        text.add(super.outline(claimNames));
        begun.forEach((id, late) -> text.add(id + "b" + entries.headSet(late.entry()).size()));
        state.waiting.forEach(
                row -> text.add(row.jobId() + "a" + entries.headSet(row.entry()).size()));
        floors.forEach((id, floor) -> text.add(id + "f" + entries.headSet(floor, true).size()));
        return String.join(" ", text);
    }
}
