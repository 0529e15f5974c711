package dev.millrace.testkit;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.MillraceException;
import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchMember.State;
import dev.millrace.store.BatchPlace;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;
import dev.millrace.store.BatchStep;
import dev.millrace.store.BatchStore;
import dev.millrace.store.Ending;
import dev.millrace.store.NewBatch;
import dev.millrace.store.NewItem;
import dev.millrace.store.NewJob;
import dev.millrace.testkit.MemoryState.Aside;
import dev.millrace.testkit.MemoryState.Due;
import dev.millrace.testkit.MemoryState.Group;
import dev.millrace.testkit.MemoryState.GroupMember;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Batches in a {@link MemoryState}. */
final class MemoryBatches implements BatchStore {
    private static final ErrorInfo UNNEEDED =
            ErrorInfo.reason("cancelled", "its batch ended otherwise than it waited for");

    private final MemoryState state;
    private final MemoryEntries entries;

    MemoryBatches(MemoryState state) {
        this.state = state;
        this.entries = new MemoryEntries(state);
    }

    /** Does what a recorded ending names; under the lock. */
    void follow(Ending ending) {
        if (!ending.follows()) {
            return;
        }
        accept(ending.follow().then());
        long batch = ending.follow().batch();
        if (batch != 0) {
            count(new GroupMember(batch, ending.jobId()), State.after(ending.end()), true);
        }
    }

    private void accept(List<NewJob> jobs) {
        entries.enqueue(jobs, false);
        for (var job : jobs) {
            if (job.terms().batch() != 0) {
                join(job.terms().batch(), job.id(), false);
            }
        }
    }

    private void join(long batch, long member, boolean nested) {
        state.groupMembers.put(
                new GroupMember(batch, member), new BatchMember(member, nested, State.OPEN));
        note(batch, 1, 0, 0, 0);
    }

    private void note(long batch, long added, long completed, long failed, long cancelled) {
        state.groupNotes.add(new long[] {batch, added, completed, failed, cancelled});
    }

    private void count(GroupMember key, State to, boolean again) {
        var member = state.groupMembers.get(key);
        boolean retried =
                again && member != null && member.state() == State.FAILED && to != State.FAILED;
        if (member == null || member.state() != State.OPEN && !retried) {
            return;
        }
        state.groupMembers.put(key, new BatchMember(member.id(), member.nested(), to));
        note(
                key.batch(),
                0,
                to == State.COMPLETED ? 1 : 0,
                (to == State.FAILED ? 1 : 0) - (retried ? 1 : 0),
                to == State.CANCELLED ? 1 : 0);
    }

    @Override
    public void create(NewBatch batch, boolean resend) {
        synchronized (state) {
            if (resend && state.groups.containsKey(batch.id())) {
                return;
            }
            if (batch.parent() != 0) {
                requireOpen(batch.parent());
                join(batch.parent(), batch.id(), true);
            }
            insert(batch, BatchState.FILLING, 0);
        }
    }

    private void insert(NewBatch batch, BatchState in, long added) {
        state.groups.put(
                batch.id(),
                new Group(
                        batch,
                        new BatchSnapshot(
                                batch.id(),
                                batch.parent(),
                                batch.name(),
                                batch.key(),
                                in,
                                false,
                                batch.createdAt().truncatedTo(ChronoUnit.MICROS),
                                null,
                                added,
                                0,
                                0,
                                0,
                                id(batch.onDone()),
                                id(batch.onCompleted()),
                                id(batch.onFailed())),
                        batch.isItem(),
                        batch.joins()));
        entries.enqueue(batch.callbacks().toList(), false);
    }

    private static long id(@Nullable NewJob job) {
        return job == null ? 0 : job.id();
    }

    private void requireOpen(long batchId) {
        var group = state.groups.get(batchId);
        if (group == null || group.row().state().isEnded() || group.row().cancelling()) {
            throw MillraceException.invalid(
                    ("batch %d must be there and not have ended to take members, got: %s; nothing"
                                    + " was accepted")
                            .formatted(
                                    batchId,
                                    group == null
                                            ? "there is none"
                                            : group.row().cancelling()
                                                    ? "it is cancelled"
                                                    : group.row().state().text()));
        }
    }

    @Override
    public List<Boolean> submit(List<NewItem> items, boolean resend) {
        atMost(MOST_IN_STEP, items.size());
        items.forEach(item -> check(item.batch().id(), List.of(item.first())));
        var answers = new ArrayList<Boolean>();
        synchronized (state) {
            for (var item : items) {
                var batch = item.batch();
                boolean known = state.groups.containsKey(batch.id());
                boolean held =
                        state.groups.values().stream()
                                .anyMatch(g -> g.holds() && sameKey(g.row(), batch));
                if (!known && !held) {
                    insert(batch, BatchState.WAITING, 1);
                    entries.enqueue(List.of(item.first()), false);
                    state.groupMembers.put(
                            new GroupMember(batch.id(), item.first().id()),
                            new BatchMember(item.first().id(), false, State.OPEN));
                }
                answers.add(known || !held);
            }
        }
        state.announce();
        return answers;
    }

    private static boolean sameKey(BatchSnapshot one, NewBatch other) {
        return one.name().equals(other.name())
                && one.key() != null
                && one.key().equals(other.key());
    }

    @Override
    public void add(long batchId, List<NewJob> jobs, boolean resend) {
        atMost(MOST_AT_ONCE, jobs.size());
        check(batchId, jobs);
        if (jobs.isEmpty()) {
            return;
        }
        synchronized (state) {
            if (resend && state.bodies.containsKey(jobs.getFirst().id())) {
                return;
            }
            requireOpen(batchId);
            accept(jobs);
        }
        state.announce();
    }

    private static void check(long batchId, List<NewJob> jobs) {
        for (var job : jobs) {
            if (job.isKeyed() || job.terms().batch() != batchId) {
                throw MillraceException.invalid(
                        ("members of batch %d must name it and hold no keys, got job %d of batch"
                                        + " %d; nothing was accepted")
                                .formatted(batchId, job.id(), job.terms().batch()));
            }
        }
    }

    private static void atMost(int most, int got) {
        if (got > most) {
            throw MillraceException.invalid(
                    "at most %d are accepted at once, got %d; nothing was accepted"
                            .formatted(most, got));
        }
    }

    @Override
    public boolean close(long batchId) {
        synchronized (state) {
            var group = state.groups.get(batchId);
            if (group != null && group.row().state() == BatchState.FILLING) {
                put(group.with(BatchState.WAITING, false, null));
                note(batchId, 0, 0, 0, 0);
            }
            return group != null;
        }
    }

    @Override
    public Optional<BatchState> cancel(long batchId) {
        synchronized (state) {
            var group = state.groups.get(batchId);
            if (group == null) {
                return Optional.empty();
            }
            if (!group.row().state().isEnded()) {
                put(group.with(BatchState.WAITING, true, null));
                note(batchId, 0, 0, 0, 0);
            }
            return Optional.of(group.row().state());
        }
    }

    private void put(Group group) {
        state.groups.put(group.row().id(), group);
    }

    @Override
    public List<Long> cancelling(int max) {
        synchronized (state) {
            return state.groups.values().stream()
                    .map(Group::row)
                    .filter(row -> row.cancelling() && !row.state().isEnded())
                    .limit(max)
                    .map(BatchSnapshot::id)
                    .toList();
        }
    }

    @Override
    public BatchStep settle(Instant now, int max) {
        int counted = 0;
        var tally = new int[2];
        synchronized (state) {
            var touched = new TreeMap<Long, Group>();
            while (counted < max && !state.groupNotes.isEmpty()) {
                long[] note = state.groupNotes.removeFirst();
                counted++;
                var group = state.groups.get(note[0]);
                if (group != null) {
                    put(group.plus(note));
                    touched.put(note[0], group);
                }
            }
            touched.keySet().forEach(id -> settle(id, now.truncatedTo(ChronoUnit.MICROS), tally));
        }
        if (tally[1] > 0) {
            state.announce();
        }
        return new BatchStep(counted, tally[0], tally[1]);
    }

    private void settle(long id, Instant now, int[] tally) {
        if (state.groupNotes.stream().anyMatch(note -> note[0] == id)) {
            return; // they bring it here again, and may change how it ends
        }
        var group = group(id);
        var row = group.row();
        boolean failures = row.failed() + row.cancelled() > 0;
        boolean empty = open(id).findFirst().isEmpty();
        if (failures) {
            tally[1] += release(row.onFailed());
        }
        if (row.state() == BatchState.FILLING) {
            return;
        }
        if (!empty) {
            if (row.state().isEnded()) {
                put(group.with(BatchState.WAITING, row.cancelling(), null));
            }
            return;
        }
        if (group.joins() && !row.cancelling()) {
            put(group.joined());
            state.groupMembers.put(
                    new GroupMember(id, row.onDone()),
                    new BatchMember(row.onDone(), false, State.OPEN));
            tally[1] += release(row.onDone());
            return;
        }
        var ended = BatchState.ended(row.cancelling(), row.failed(), row.cancelled());
        if (ended == row.state()) {
            return;
        }
        put(group.with(ended, row.cancelling(), now));
        tally[0]++;
        if (group.joins()) {
            drop(row.onDone(), now);
        } else {
            tally[1] += release(row.onDone());
        }
        if (ended == BatchState.COMPLETED) {
            tally[1] += release(row.onCompleted());
            drop(row.onFailed(), now);
        } else if (ended == BatchState.CANCELLED) {
            drop(row.onCompleted(), now);
            if (!failures) {
                drop(row.onFailed(), now);
            }
        }
        if (row.parent() != 0) {
            count(new GroupMember(row.parent(), id), State.after(ended), true);
        }
    }

    private Group group(long id) {
        var group = state.groups.get(id);
        if (group == null) {
            throw new IllegalStateException("no batch " + id);
        }
        return group;
    }

    private Stream<BatchMember> open(long id) {
        return membersOf(id).values().stream().filter(m -> m.state() == State.OPEN);
    }

    private Map<GroupMember, BatchMember> membersOf(long id) {
        return state.groupMembers.subMap(
                new GroupMember(id, 0), new GroupMember(id, Long.MAX_VALUE));
    }

    private int release(long job) {
        if (state.spots.get(job) instanceof Due due
                && due.runAt().equals(Ending.Next.Waiting.FOR_EVER)) {
            state.lift(due);
            state.makeAvailable(job, due.attempt(), 0);
            return 1;
        }
        return 0;
    }

    private void drop(long job, Instant now) {
        if (state.spots.get(job) instanceof Due due) {
            state.end(due, Attempt.End.CANCELLED, UNNEEDED, now);
        }
    }

    @Override
    public BatchPlace sweep(BatchPlace after, int max) {
        synchronized (state) {
            var page =
                    state
                            .groupMembers
                            .tailMap(new GroupMember(after.batch(), after.member()), false)
                            .entrySet()
                            .stream()
                            .filter(e -> e.getValue().state() == State.OPEN)
                            .limit(max)
                            .map(Map.Entry::copyOf)
                            .toList();
            for (var entry : page) {
                if (!entry.getValue().nested()) {
                    count(entry.getKey(), ended(entry.getKey().member()), false);
                }
            }
            return page.size() == max
                    ? new BatchPlace(
                            page.getLast().getKey().batch(), page.getLast().getKey().member())
                    : BatchPlace.FIRST;
        }
    }

    private State ended(long job) {
        var spot = state.spots.get(job);
        if (spot != null) {
            return spot instanceof Aside ? State.FAILED : State.OPEN;
        }
        var past = state.pastOf(job);
        return past.isEmpty() ? State.CANCELLED : State.after(past.getLast().attempt().end());
    }

    @Override
    public Optional<BatchSnapshot> find(long batchId) {
        synchronized (state) {
            return Optional.ofNullable(state.groups.get(batchId)).map(this::look);
        }
    }

    private BatchSnapshot look(Group group) {
        var all = group;
        for (long[] note : state.groupNotes) {
            if (note[0] == group.row().id()) {
                all = all.plus(note);
            }
        }
        return all.row();
    }

    @Override
    public Optional<BatchSnapshot> item(String pipeline, String key) {
        synchronized (state) {
            return state.groups.descendingMap().values().stream()
                    .filter(g -> g.row().name().equals(pipeline) && key.equals(g.row().key()))
                    .findFirst()
                    .map(this::look);
        }
    }

    @Override
    public List<BatchSnapshot> list(BatchFilter filter, long before, int max) {
        synchronized (state) {
            return state.groups.headMap(before, false).descendingMap().values().stream()
                    .filter(g -> filter.items() == (g.row().key() != null))
                    .filter(g -> filter.name() == null || filter.name().equals(g.row().name()))
                    .filter(g -> filter.state() == null || filter.state() == g.row().state())
                    .limit(max)
                    .map(this::look)
                    .toList();
        }
    }

    @Override
    public List<BatchMember> members(long batchId, @Nullable State wanted, long after, int max) {
        synchronized (state) {
            return membersOf(batchId).values().stream()
                    .filter(m -> m.id() > after && (wanted == null || wanted == m.state()))
                    .limit(max)
                    .toList();
        }
    }

    @Override
    public int prune(Instant endedBefore, int max) {
        synchronized (state) {
            int gone = 0;
            var old =
                    state.groups.values().stream()
                            .map(Group::row)
                            .filter(r -> r.endedAt() != null && r.endedAt().isBefore(endedBefore))
                            .limit(max)
                            .toList();
            for (var row : old) {
                var keys = membersOf(row.id()).keySet().stream().limit(max - gone).toList();
                keys.forEach(state.groupMembers::remove);
                gone += keys.size();
                if (membersOf(row.id()).isEmpty()) {
                    state.groups.remove(row.id());
                    gone++;
                }
            }
            return gone;
        }
    }

    @Override
    public void declare(String pipeline, String plan) {
        synchronized (state) {
            state.plans.put(pipeline, plan);
        }
    }

    @Override
    public Map<String, String> plans() {
        synchronized (state) {
            return new TreeMap<>(state.plans);
        }
    }
}
