package dev.millrace.testkit;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.store.AuditEntry;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;
import dev.millrace.store.KeyHold;
import dev.millrace.store.Lease;
import dev.millrace.store.LimitKey;
import dev.millrace.store.NewBatch;
import dev.millrace.store.NewJob;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueLimits;
import dev.millrace.store.ScheduleRow;
import dev.millrace.store.SignIn;
import dev.millrace.store.Tally;
import dev.millrace.store.TickRow;
import dev.millrace.store.WorkerInfo;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The rows of a {@link MemoryStore}. Every row is immutable, so a copy of the collections is a copy
 * of the state. {@link #place} and {@link #lift} are the only ways a position comes and goes.
 */
final class MemoryState {
    /** Where a live job stands. */
    sealed interface Spot {
        /** Whose position it is. */
        long jobId();

        /** The attempt under way or next; for a discarded job the last one. */
        int attempt();
    }

    /**
     * Available; ordered as claims take them.
     *
     * @param line 0 where jobs without keys enter, {@link #GATE} where those with keys do, {@link
     *     #ADMITTED} once let through, else the line
     */
    record Waiting(
            String queue, int priority, long entry, long jobId, int attempt, int rescues, int line)
            implements Spot, Comparable<Waiting> {
        static final int GATE = -1;
        static final int ADMITTED = -2;

        Waiting(String queue, int priority, long entry, long jobId, int attempt, int rescues) {
            this(queue, priority, entry, jobId, attempt, rescues, 0);
        }

        private static final Comparator<Waiting> ORDER =
                Comparator.comparing(Waiting::queue)
                        .thenComparing(Comparator.comparingInt(Waiting::priority).reversed())
                        .thenComparingLong(Waiting::entry);

        @Override
        public int compareTo(Waiting other) {
            return ORDER.compare(this, other);
        }
    }

    /** Scheduled; ordered by due time. One with a signal's name waits for that signal too. */
    record Due(Instant runAt, long jobId, int attempt, int rescues, @Nullable String signal)
            implements Spot, Comparable<Due> {
        Due(Instant runAt, long jobId, int attempt, int rescues) {
            this(runAt, jobId, attempt, rescues, null);
        }

        private static final Comparator<Due> ORDER =
                Comparator.comparing(Due::runAt).thenComparingLong(Due::jobId);

        @Override
        public int compareTo(Due other) {
            return ORDER.compare(this, other);
        }
    }

    /** Running. */
    record Taken(
            long jobId,
            long workerId,
            long claimId,
            int attempt,
            int rescues,
            Instant claimedAt,
            boolean limited,
            boolean admitted)
            implements Spot {
        Taken withoutRescues() {
            return new Taken(jobId, workerId, claimId, attempt, 0, claimedAt, limited, admitted);
        }
    }

    /** Discarded. */
    record Aside(long jobId, int attempt, Instant at) implements Spot {}

    /** A worker's row and its liveness lock. */
    record Member(
            long id,
            WorkerInfo info,
            long beat,
            Instant lastBeatAt,
            int running,
            int stuck,
            Lock lock,
            boolean dead,
            boolean draining) {
        Member with(Lock newLock) {
            return new Member(id, info, beat, lastBeatAt, running, stuck, newLock, dead, draining);
        }

        Member died() {
            return new Member(id, info, beat, lastBeatAt, running, stuck, lock, true, draining);
        }

        Member drained() {
            return new Member(id, info, beat, lastBeatAt, running, stuck, lock, dead, true);
        }
    }

    /** Which key is held. */
    record KeyName(KeyHold.Scope scope, String key) {}

    /** Who holds a key. */
    record Holder(long jobId, @Nullable Instant until, String fingerprint) {
        boolean holdsAt(Instant now) {
            return until == null || until.isAfter(now);
        }
    }

    /** A history row. */
    record Past(long claimId, Attempt attempt) {}

    /**
     * Which row of tallies.
     *
     * @param span the minutes it stands for; a row of its own for each of the others
     */
    record Counted(Instant at, String queue, int span) implements Comparable<Counted> {
        private static final Comparator<Counted> ORDER =
                Comparator.comparing(Counted::at)
                        .thenComparing(Counted::queue)
                        .thenComparingInt(Counted::span);

        @Override
        public int compareTo(Counted other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * A batch.
     *
     * @param holds whether its key belongs to it
     * @param joins whether what waits for its end is to become a member
     */
    record Group(NewBatch made, BatchSnapshot row, boolean holds, boolean joins) {
        Group with(BatchState in, boolean cancelling, @Nullable Instant endedAt) {
            var to =
                    new BatchSnapshot(
                            row.id(),
                            row.parent(),
                            row.name(),
                            row.key(),
                            in,
                            cancelling,
                            row.createdAt(),
                            endedAt,
                            row.added(),
                            row.completed(),
                            row.failed(),
                            row.cancelled(),
                            row.onDone(),
                            row.onCompleted(),
                            row.onFailed());
            return new Group(made, to, holds && !in.isEnded(), joins);
        }

        Group plus(long[] note) {
            var to =
                    new BatchSnapshot(
                            row.id(),
                            row.parent(),
                            row.name(),
                            row.key(),
                            row.state(),
                            row.cancelling(),
                            row.createdAt(),
                            row.endedAt(),
                            row.added() + note[1],
                            row.completed() + note[2],
                            row.failed() + note[3],
                            row.cancelled() + note[4],
                            row.onDone(),
                            row.onCompleted(),
                            row.onFailed());
            return new Group(made, to, holds, joins);
        }

        Group joined() {
            return new Group(made, plus(new long[] {0, 1, 0, 0, 0}).row(), holds, false);
        }
    }

    /** Which member of which batch. */
    record GroupMember(long batch, long member) implements Comparable<GroupMember> {
        private static final Comparator<GroupMember> ORDER =
                Comparator.comparingLong(GroupMember::batch).thenComparingLong(GroupMember::member);

        @Override
        public int compareTo(GroupMember other) {
            return ORDER.compare(this, other);
        }
    }

    final Map<Long, NewJob> bodies;
    final Map<Long, Spot> spots;
    final TreeSet<Waiting> waiting;
    final TreeSet<Due> due;
    final Map<Long, TreeMap<Long, Taken>> taken;
    final Map<Long, List<Past>> history;
    final TreeMap<Long, Member> workers;
    final TreeSet<String> queues;
    final Map<KeyName, Holder> keys;
    final Map<Long, String> cancelRequests;
    final TreeMap<String, QueueControl> controls;
    final Map<Long, Instant> expiries;
    final Map<Long, MemoryNotes> notes;
    final TreeMap<Counted, Tally> tallies;
    final TreeMap<Long, AuditEntry> audit;
    final Map<String, SignIn> signIns;
    final TreeMap<String, ScheduleRow> schedules;
    final Map<Long, TreeMap<Instant, TickRow>> ticks;
    final TreeMap<String, Lease> leases;
    final TreeMap<Integer, LimitKey> lines;
    final TreeMap<String, QueueLimits> limits;
    final Map<LimitKey, Instant> pauses;
    final TreeMap<String, QueueLimits> declared;
    final TreeMap<Long, Group> groups;
    final TreeMap<GroupMember, BatchMember> groupMembers;

    /** Batch, added, completed, failed, cancelled; never changed. */
    final ArrayDeque<long[]> groupNotes;

    final TreeMap<String, String> plans;
    final CopyOnWriteArrayList<Runnable> listeners = new CopyOnWriteArrayList<>();
    long lastJob;
    long lastEntry;
    int lastLine;
    long lastWorker;
    long lastAudit;
    long lastSchedule;

    MemoryState() {
        bodies = new TreeMap<>();
        spots = new TreeMap<>();
        waiting = new TreeSet<>();
        due = new TreeSet<>();
        taken = new TreeMap<>();
        history = new TreeMap<>();
        workers = new TreeMap<>();
        queues = new TreeSet<>();
        keys = new HashMap<>();
        cancelRequests = new TreeMap<>();
        controls = new TreeMap<>();
        expiries = new TreeMap<>();
        notes = new TreeMap<>();
        tallies = new TreeMap<>();
        audit = new TreeMap<>();
        signIns = new TreeMap<>();
        schedules = new TreeMap<>();
        ticks = new TreeMap<>();
        leases = new TreeMap<>();
        lines = new TreeMap<>();
        limits = new TreeMap<>();
        pauses = new HashMap<>();
        declared = new TreeMap<>();
        groups = new TreeMap<>();
        groupMembers = new TreeMap<>();
        groupNotes = new ArrayDeque<>();
        plans = new TreeMap<>();
    }

    private MemoryState(MemoryState from) {
        bodies = new TreeMap<>(from.bodies);
        spots = new TreeMap<>(from.spots);
        waiting = new TreeSet<>(from.waiting);
        due = new TreeSet<>(from.due);
        taken = new TreeMap<>();
        from.taken.forEach((worker, rows) -> taken.put(worker, new TreeMap<>(rows)));
        history = new TreeMap<>();
        from.history.forEach((job, rows) -> history.put(job, new ArrayList<>(rows)));
        workers = new TreeMap<>(from.workers);
        queues = new TreeSet<>(from.queues);
        keys = new HashMap<>(from.keys);
        cancelRequests = new TreeMap<>(from.cancelRequests);
        controls = new TreeMap<>(from.controls);
        expiries = new TreeMap<>(from.expiries);
        notes = new TreeMap<>(from.notes);
        tallies = new TreeMap<>(from.tallies);
        audit = new TreeMap<>(from.audit);
        signIns = new TreeMap<>(from.signIns);
        lastAudit = from.lastAudit;
        schedules = new TreeMap<>(from.schedules);
        ticks = new TreeMap<>();
        from.ticks.forEach((schedule, rows) -> ticks.put(schedule, new TreeMap<>(rows)));
        leases = new TreeMap<>(from.leases);
        lastSchedule = from.lastSchedule;
        lines = new TreeMap<>(from.lines);
        limits = new TreeMap<>(from.limits);
        pauses = new HashMap<>(from.pauses);
        declared = new TreeMap<>(from.declared);
        lastLine = from.lastLine;
        groups = new TreeMap<>(from.groups);
        groupMembers = new TreeMap<>(from.groupMembers);
        groupNotes = new ArrayDeque<>(from.groupNotes);
        plans = new TreeMap<>(from.plans);
        lastJob = from.lastJob;
        lastEntry = from.lastEntry;
        lastWorker = from.lastWorker;
    }

    /** The same rows, without the listeners. */
    MemoryState copy() {
        return new MemoryState(this);
    }

    /** Tells listeners that there may be work; not to be called under the lock. */
    void announce() {
        listeners.forEach(Runnable::run);
    }

    /** Inserts a job's position. */
    void place(Spot spot) {
        if (spots.putIfAbsent(spot.jobId(), spot) != null) {
            throw new IllegalStateException("job %d has a position".formatted(spot.jobId()));
        }
        switch (spot) {
            case Waiting row -> waiting.add(row);
            case Due row -> due.add(row);
            case Taken row ->
                    taken.computeIfAbsent(row.workerId(), id -> new TreeMap<>())
                            .put(row.jobId(), row);
            case Aside row -> {}
        }
    }

    /** Deletes a job's position. */
    void lift(Spot spot) {
        if (!spots.remove(spot.jobId(), spot)) {
            throw new IllegalStateException("job %d stands elsewhere".formatted(spot.jobId()));
        }
        switch (spot) {
            case Waiting row -> waiting.remove(row);
            case Due row -> due.remove(row);
            case Taken row -> {
                var rows = taken.getOrDefault(row.workerId(), new TreeMap<>());
                rows.remove(row.jobId());
                if (rows.isEmpty()) {
                    taken.remove(row.workerId());
                }
            }
            case Aside row -> {}
        }
    }

    /** Puts a job at the end of its queue, among those of its priority. */
    void makeAvailable(long jobId, int attempt, int rescues) {
        var body = body(jobId);
        int line = body.terms().keys().isEmpty() ? 0 : Waiting.GATE;
        long entry = ++lastEntry;
        place(new Waiting(body.queue(), body.priority(), entry, jobId, attempt, rescues, line));
    }

    /** Whether claims find it. */
    boolean isClaimable(Waiting row) {
        return row.line() == Waiting.ADMITTED || row.line() == 0 && !isGated(row.queue());
    }

    /** Whether it waits for whoever admits. */
    boolean isAtGate(Waiting row) {
        return row.line() == Waiting.GATE || row.line() == 0 && isGated(row.queue());
    }

    boolean isGated(String queue) {
        return limits.getOrDefault(queue, QueueLimits.NONE).isGated();
    }

    /** The running row of a job in a claim, if it still exists and its worker is not dead. */
    @Nullable Taken held(long jobId, long claimId) {
        return spots.get(jobId) instanceof Taken row
                        && row.claimId() == claimId
                        && isAlive(row.workerId())
                ? row
                : null;
    }

    /** A worker's running rows by job id. */
    NavigableMap<Long, Taken> takenBy(long workerId) {
        return taken.getOrDefault(workerId, new TreeMap<>());
    }

    /** Whether a worker is registered and not declared dead. */
    boolean isAlive(long workerId) {
        var worker = workers.get(workerId);
        return worker != null && !worker.dead();
    }

    /** Frees the keys that a job holds for as long as it lives. */
    void releaseKeys(long jobId) {
        keys.values().removeIf(held -> held.jobId() == jobId && held.until() == null);
    }

    /** Ends a waiting job's life; nobody ran it. */
    void end(Spot waiting, Attempt.End end, ErrorInfo why, Instant now) {
        long id = waiting.jobId();
        lift(waiting);
        append(id, 0, new Attempt(waiting.attempt(), 0, now, now, end, why, null));
        releaseKeys(id);
    }

    NewJob body(long jobId) {
        var body = bodies.get(jobId);
        if (body == null) {
            throw new IllegalStateException("job %d has no body".formatted(jobId));
        }
        return body;
    }

    MemoryNotes notesOf(long jobId) {
        return notes.getOrDefault(jobId, MemoryNotes.NONE);
    }

    List<Past> pastOf(long jobId) {
        return history.getOrDefault(jobId, List.of());
    }

    void append(long jobId, long claimId, Attempt attempt) {
        history.computeIfAbsent(jobId, id -> new ArrayList<>()).add(new Past(claimId, attempt));
    }
}
